// SPDX-License-Identifier: Apache-2.0
// Making OpenSSL's object of a connection.
#pragma once

#include <iostls/options.hpp>

#include "context/context.hpp"
#include "engine/time_limits.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

// Checks and applies `own`, which wins over the options of the context. The connection has no BIO yet.
ssl_ptr new_connection(const context_state& context, const connection_options& own);

time_limits limits_of(const context_state& context, const connection_options& own);

}  // namespace detail
}  // namespace iostls
