// SPDX-License-Identifier: Apache-2.0
// Paths and other values of options, made safe for error messages.
#pragma once

#include <string>

namespace iostls {
namespace detail {

// Whether the text looks like a key: PEM, raw bytes, base 64 or hexadecimal digits. A key that was
// given to the wrong option by mistake must not appear in a log.
bool may_be_a_key(const std::string& text);

// Whether the text is plausibly a path, and not a key.
bool may_be_shown(const std::string& path);

// The path in quotes, or a description in its place if it may not be shown.
std::string redacted_path(const std::string& path);

}  // namespace detail
}  // namespace iostls
