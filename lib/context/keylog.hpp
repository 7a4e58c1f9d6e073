// SPDX-License-Identifier: Apache-2.0
// The file to which connections write their secrets, for tools that decrypt captured traffic.
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// Opens the file and makes a context's connections write to it; does nothing if the path is empty.
// Throws ssl_error (bad_configuration) that names the path if it cannot be opened, or if another
// user could read or replace it.
void apply_keylog(SSL_CTX* ctx, const std::string& path);

}  // namespace detail
}  // namespace iostls
