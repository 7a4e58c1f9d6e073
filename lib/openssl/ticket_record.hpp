// SPDX-License-Identifier: Apache-2.0
// What a session carries for us. A server's session travels in its ticket, encrypted, so that this is
// all that the server knows of a client that comes back.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "base/utc_time.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

struct ticket_record {
  // The last full handshake. A session that is resumed hands it on to the next ticket.
  utc_seconds made = 0;
  // When the first certificate of the client's chain ends.
  utc_seconds until = (std::numeric_limits<utc_seconds>::max)();
  // Of a pre-shared key, and a digest of that; empty if there was none.
  std::string psk_identity;
  std::string psk_digest;
  // What the client sent after its certificate. Without it, nobody can verify the client again.
  bool has_chain = true;
  std::vector<x509_ptr> chain;
};

// False if there is no memory for it.
bool write_record(SSL_SESSION* session, const ticket_record& record);

// None if the session carries something else, or nothing.
std::optional<ticket_record> record_of(SSL_SESSION* session);

}  // namespace detail
}  // namespace iostls
