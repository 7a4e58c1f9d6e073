// SPDX-License-Identifier: Apache-2.0
// The lists by which servers publish their keys for Encrypted Client Hello (ECHConfigList; RFC 9849, 4).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace iostls {
namespace detail {

// The configurations of a list, which may be binary or base 64, each as a binary list of its own. Those of versions
// other than RFC 9849's are left out: clients have to pass them over. Nothing if it is no such list.
std::optional<std::vector<std::string>> ech_configs(const std::string& list);

}  // namespace detail
}  // namespace iostls
