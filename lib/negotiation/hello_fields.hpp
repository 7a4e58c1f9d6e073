// SPDX-License-Identifier: Apache-2.0
// What is in a client's hello, before OpenSSL has made anything of it.
#pragma once

#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include <iostls/client_hello.hpp>

namespace iostls {
namespace detail {

// For callbacks that OpenSSL calls while it has a hello. False if it cannot be read.

// The host that is asked for; empty if none is.
bool read_server_name(SSL* ssl, std::string& host);

// All members but those that are not in the message as OpenSSL has it: `raw` and the addresses.
bool read_hello(SSL* ssl, client_hello& hello);

// The first message in what a client has sent, without the headers of its records; as much of it as there is.
std::string first_message(std::string_view received);

}  // namespace detail
}  // namespace iostls
