// SPDX-License-Identifier: Apache-2.0
// Paths, and other values of options, in the texts of errors.
#pragma once

#include <string>

namespace iostls {
namespace detail {

// Whether the text looks like a key, as PEM, bytes, base 64 or hexadecimal digits: given by mistake for
// something else, it must not appear in a log.
bool may_be_a_key(const std::string& text);

// Whether the text is a plausible path, and not rather a key.
bool may_be_shown(const std::string& path);

// The path in quotes, or else words that stand for it.
std::string redacted_path(const std::string& path);

}  // namespace detail
}  // namespace iostls
