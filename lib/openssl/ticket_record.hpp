// SPDX-License-Identifier: Apache-2.0
// The library's own data in a session. A server's session travels inside its ticket, encrypted, so
// this is all that the server knows about a client that resumes.
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
  // The time of the last full handshake. A resumed session passes it on to the next ticket.
  utc_seconds made = 0;
  // When the first certificate of the client's chain expires.
  utc_seconds until = (std::numeric_limits<utc_seconds>::max)();
  // The identity of a pre-shared key, and a digest of the key; empty if there was none.
  std::string psk_identity;
  std::string psk_digest;
  // The channel binding of the server's certificate (RFC 5929); empty if it is not defined.
  std::string end_point;
  // Whether the certificates that the client sent after its own are kept. Without them, the client
  // cannot be verified again.
  bool has_chain = true;
  std::vector<x509_ptr> chain;
};

// False if there is not enough memory.
bool write_record(SSL_SESSION* session, const ticket_record& record);

// None if the session carries no such record.
std::optional<ticket_record> record_of(SSL_SESSION* session);

}  // namespace detail
}  // namespace iostls
