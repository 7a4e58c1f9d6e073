// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the handshake has negotiated: protocol, cipher, certificates.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

#include <iostls/certificate.hpp>
#include <iostls/ech.hpp>
#include <iostls/export.hpp>
#include <iostls/ocsp.hpp>

namespace iostls {

/// The result of a handshake, and the present state of the connection; `<<` prints it, one value
/// per line.
struct connection_info {
  std::string protocol;  ///< "TLSv1.3"
  std::string cipher;    ///< OpenSSL's name: "TLS_AES_256_GCM_SHA384"
  std::string group;     ///< of the key exchange: "x25519"; empty if there was none
  /// Whether the key exchange withstands quantum computers: its group has ML-KEM (FIPS 203), as
  /// "X25519MLKEM768" has.
  bool post_quantum = false;
  /// The signature algorithm that the server used in the handshake: "ecdsa_secp256r1_sha256"; empty
  /// if it did not sign, as with a pre-shared key or in a resumed session.
  std::string signature_algorithm;
  /// The name that the client asked for (SNI); empty if none. On a server at most 255 characters of
  /// ASCII, without spaces and control characters: clients that ask for anything else are refused.
  std::string server_name;
  /// Client: whether that name was hidden from the network, see `ech_config`.
  ech_result ech_status = ech_result::not_offered;
  std::string alpn;          ///< the application protocol; empty if none was agreed on
  std::string psk_identity;  ///< of the pre-shared key that the client has; empty if none was used
  bool resumed = false;      ///< whether an earlier session was resumed

  /// True if the peer presented a certificate that was asked for and verified (and, on a client,
  /// matches `server_name`), or a raw public key that is pinned.
  bool verified = false;
  /// X509_V_OK (0), or the reason of the failure, as in `ssl_error::verify_result()`. Also
  /// X509_V_OK if the peer sent no certificate. With `verify_mode::none` the result has no effect,
  /// and `verify_callback` may have accepted the certificate anyway.
  long verify_result = 0;
  std::string verify_result_string;  ///< the same in words; empty if X509_V_OK

  /// Client: the result of `ocsp`; in a resumed session, that of its first handshake.
  ocsp_result ocsp_status = ocsp_result::not_requested;

  /// The peer's certificates, its own first: with the root, if they were verified, otherwise as
  /// they were sent. In a resumed session, perhaps only the first one. Empty if the peer sent none.
  std::vector<certificate> chain;

  /// The pin of the raw public key that the peer has shown instead of a certificate, as
  /// `pinned_public_keys` takes it; empty if it has shown none. See `accept_raw_public_keys`.
  std::string raw_public_key_pin;

  /// The element of `tlsa_records` that the server's certificates match, as `tlsa_record::text()` has it;
  /// empty if there are none, or none matches.
  std::string matched_tlsa_record;
  /// The place in the server's chain of what has matched: 0 is its own certificate. -1 if none.
  int matched_tlsa_depth = -1;

  /// True once the input has ended without close_notify and `require_close_notify = false` has made
  /// that an end-of-file: the data may be incomplete.
  bool truncated = false;

  /// How long connecting took, including the look-up of the host; zero if the stream was given a
  /// connection.
  std::chrono::microseconds connect_duration{0};
  /// How long the handshake took from its first byte, including waits.
  std::chrono::microseconds handshake_duration{0};
};

IOSTLS_EXPORT std::ostream& operator<<(std::ostream& out, const connection_info& info);

}  // namespace iostls
