// SPDX-License-Identifier: Apache-2.0
// A certificate and words that are longer than what a string holds without memory.
#pragma once

#include "authority.hpp"

namespace iostls {
namespace test {

constexpr const char* long_name = "a-name-that-is-longer-than-any-small-buffer.example.test";
constexpr const char* other_long_name =
    "another-name-that-is-longer-than-any-small-buffer.example.test";
constexpr const char* long_password = "a password that is longer than any small buffer";

// Issued by test_authority(), for `long_name`.
const issued& long_named();

}  // namespace test
}  // namespace iostls
