// SPDX-License-Identifier: Apache-2.0
// Which of many certificates may be for a host, without a look at each of them.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <openssl/x509.h>

#include "transport/host_name.hpp"

namespace iostls {
namespace detail {

class name_index {
 public:
  name_index() = default;
  explicit name_index(const std::vector<X509*>& certificates);

  // The places of the certificates that host_matches accepts for the name, with wildcards or without, in
  // order; there may be others among them.
  std::vector<std::size_t> candidates(const host_name& name) const;

 private:
  using entry = std::pair<std::string, std::size_t>;

  void add_all_of(const std::string& key, std::vector<std::size_t>& found) const;

  std::vector<entry> entries_;  // sorted
};

}  // namespace detail
}  // namespace iostls
