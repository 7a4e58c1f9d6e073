// SPDX-License-Identifier: Apache-2.0
// The file that connections write their secrets to, for tools that decrypt what they captured.
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// Opens the file and makes a context's connections write into it; does nothing if the path is empty.
// Throws ssl_error (bad_configuration) that names the path if it cannot be opened, or if another user could read or replace it.
void apply_keylog(SSL_CTX* ctx, const std::string& path);

}  // namespace detail
}  // namespace iostls
