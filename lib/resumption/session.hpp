// SPDX-License-Identifier: Apache-2.0
// The content of an ssl_session: OpenSSL's session, and what is needed to verify the server again.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include <iostls/ssl_session.hpp>

#include "base/utc_time.hpp"
#include "openssl/openssl_ptr.hpp"
#include "verification/ocsp_verification.hpp"

namespace iostls {
namespace detail {

using session_ptr = openssl_ptr<SSL_SESSION, SSL_SESSION_free>;

class session_state {
 public:
  // `native` is not shared with a connection: one that fails would invalidate it.
  struct parts {
    session_ptr native;
    std::string server_name;
    std::string identity;         // the result of identity_of() for the connection
    std::string rules;            // see client_resumption.cpp
    utc_seconds made = 0;         // the last full handshake
    std::vector<x509_ptr> chain;  // what the server sent after its certificate
    ocsp_evidence ocsp;
  };

  explicit session_state(parts p) noexcept : parts_(std::move(p)) {}

  SSL_SESSION* native() const noexcept { return parts_.native.get(); }
  const std::string& server_name() const noexcept { return parts_.server_name; }
  const std::string& identity() const noexcept { return parts_.identity; }
  const std::string& rules() const noexcept { return parts_.rules; }
  utc_seconds made() const noexcept { return parts_.made; }
  const std::vector<x509_ptr>& chain() const noexcept { return parts_.chain; }
  const ocsp_evidence& ocsp() const noexcept { return parts_.ocsp; }

  // Whether only one connection may resume it.
  bool is_for_one_use() const noexcept;
  // Whether it could still be resumed.
  bool is_usable() const noexcept;
  // True if the caller may resume it now: either it may be used repeatedly, or this is the first
  // use.
  bool take() noexcept { return !used_.exchange(true) || !is_for_one_use(); }

 private:
  parts parts_;
  std::atomic<bool> used_{false};
};

// A digest of the certificate that this end uses in the connection; empty if there is none. When a
// session is resumed, the server assumes that the client still has that identity.
std::string identity_of(SSL* ssl);

}  // namespace detail
}  // namespace iostls
