// SPDX-License-Identifier: Apache-2.0
// An element of an option that is a list of names.
#pragma once

#include <string>

namespace iostls {
namespace detail {

// A question mark in front marks a name that is left out where it is unknown. OpenSSL has that syntax
// since version 3.3, and only in part; here it is the same for all versions.
struct listed_name {
  explicit listed_name(const std::string& text)
      : is_optional(!text.empty() && text[0] == '?'), name(text.substr(is_optional ? 1 : 0)) {}

  bool is_optional;
  std::string name;
};

}  // namespace detail
}  // namespace iostls
