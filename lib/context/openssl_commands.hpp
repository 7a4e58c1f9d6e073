// SPDX-License-Identifier: Apache-2.0
// OpenSSL's own configuration commands, for settings that have no option here.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// Runs the commands on a context, in their order. Throws ssl_error (bad_configuration) that names
// the pair which OpenSSL refuses.
void apply_openssl_commands(SSL_CTX* ctx, bool is_server,
                            const std::vector<std::pair<std::string, std::string>>& commands);

}  // namespace detail
}  // namespace iostls
