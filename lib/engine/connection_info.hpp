// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>

#include <iostls/connection_info.hpp>
#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// What has been negotiated on a connection whose handshake is done.
connection_info describe_connection(SSL* ssl, verify_mode verify);

}  // namespace detail
}  // namespace iostls
