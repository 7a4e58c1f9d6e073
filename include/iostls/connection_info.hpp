// SPDX-License-Identifier: Apache-2.0
/// \file
/// What two ends have agreed on.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

#include <iostls/certificate.hpp>
#include <iostls/export.hpp>
#include <iostls/ocsp.hpp>

namespace iostls {

/// The outcome of a handshake, and what has become of the connection; prints with <<, a line each.
struct connection_info {
  std::string protocol;  ///< "TLSv1.3"
  std::string cipher;    ///< OpenSSL's name: "TLS_AES_256_GCM_SHA384"
  std::string group;     ///< of the key exchange: "x25519"; empty if there was none
  /// By which the server has proved that it has its key: "ecdsa_secp256r1_sha256"; empty if it did not
  /// have to, as with a pre-shared key or a resumed session.
  std::string signature_algorithm;
  std::string server_name;   ///< the name that the client asked for (SNI); empty if none
  std::string alpn;          ///< the application protocol; empty if none was agreed on
  std::string psk_identity;  ///< of the pre-shared key that the client has; empty if none was used
  bool resumed = false;      ///< whether an earlier session was resumed

  /// True if the peer presented a certificate that was asked for and verified (and, on a client,
  /// matches `server_name`).
  bool verified = false;
  /// X509_V_OK (0) or why not, as in `ssl_error::verify_result()`. Also X509_V_OK if the peer sent
  /// no certificate; with `verify_mode::none`, nobody has acted on it, and `verify_callback` may have
  /// let it pass.
  long verify_result = 0;
  std::string verify_result_string;  ///< the same in words; empty if X509_V_OK

  /// Client: what `ocsp` has brought; of a resumed session, what its first handshake had.
  ocsp_result ocsp_status = ocsp_result::not_requested;

  /// The peer's certificates, its own first: with the root, if they were verified, else as they were
  /// sent. When a session was resumed, perhaps the first one only. Empty if the peer sent none.
  std::vector<certificate> chain;

  /// True once the input has ended without close_notify, which `require_close_notify = false` lets pass
  /// for an end-of-file: what came before may not be all.
  bool truncated = false;

  /// How long it took to connect, look-up of the host included; zero if the stream was given a
  /// connection.
  std::chrono::microseconds connect_duration{0};
  /// How long the handshake took, from its first byte, waiting included.
  std::chrono::microseconds handshake_duration{0};
};

IOSTLS_EXPORT std::ostream& operator<<(std::ostream& out, const connection_info& info);

}  // namespace iostls
