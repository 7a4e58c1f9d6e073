// SPDX-License-Identifier: Apache-2.0
// The certificate authorities of the system.
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// The folders in which OpenSSL looks for the system's authorities, as a list.
std::string system_folders();

// Finds the same authorities as SSL_CTX_set_default_verify_paths(3), with fewer look-ups. False if there
// is not enough memory, or the system's store cannot be loaded; missing files are no failure.
bool trust_system_authorities(SSL_CTX* ctx);

}  // namespace detail
}  // namespace iostls
