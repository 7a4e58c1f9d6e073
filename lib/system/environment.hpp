// SPDX-License-Identifier: Apache-2.0
// The environment of the process.
#pragma once

namespace iostls {
namespace detail {

// A variable of the environment. Null in a program with other rights than its user, who may have
// set the variable. OpenSSL does the same.
const char* trusted_variable(const char* name) noexcept;

// The URI by which OpenSSL finds the system's certificate authorities, if they are not in the files
// and folders that it was built for; null if they are.
const char* system_authorities_uri() noexcept;

}  // namespace detail
}  // namespace iostls
