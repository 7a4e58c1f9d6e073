// SPDX-License-Identifier: Apache-2.0
/// \file
/// Options that a connection may set for itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include <iostls/export.hpp>
#include <iostls/ocsp.hpp>
#include <iostls/setting.hpp>
#include <iostls/ssl_session.hpp>
#include <iostls/tlsa_record.hpp>

namespace iostls {

/// A protocol version. TLS 1.0 and 1.1 are off unless enabled (RFC 8996); OpenSSL then also needs
/// "@SECLEVEL=0" in `ciphers`.
enum class tls_version { tls1_0, tls1_1, tls1_2, tls1_3 };

/// The range of protocol versions that may be negotiated, both ends included.
struct tls_method {
  tls_version min = tls_version::tls1_2;
  tls_version max = tls_version::tls1_3;

  /// Reads a method's name as Allegro CL spells it, in any case:
  /// "tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3" mean this version alone, with "+" this version or a
  /// later one, with "-" this version or an earlier one; "tls", "tls+" and "sslv23+" mean all
  /// versions that are safe (TLS 1.2 and later), "sslv23" the same.
  /// Throws `ssl_error` (`bad_configuration`) for anything else; for "sslv2" and "sslv3" the error
  /// explains that they are broken (RFC 6176, RFC 7568).
  IOSTLS_EXPORT static tls_method parse(const std::string& name);
};

inline bool operator==(const tls_method& a, const tls_method& b) {
  return a.min == b.min && a.max == b.max;
}
inline bool operator!=(const tls_method& a, const tls_method& b) { return !(a == b); }

/// What is required of the peer's certificate.
enum class verify_mode {
  /// No certificate is requested or verified, and no name is checked.
  none,
  /// Server: a certificate is requested, may be absent, and must verify if it is sent. Client: the
  /// handshake continues whatever the result; `info()` has it.
  optional,
  /// The peer must present a certificate that verifies and, on a client, matches `server_name`.
  required
};

/// Which certificates are looked up in certificate revocation lists.
enum class crl_check_mode {
  none,  ///< not at all
  leaf,  ///< the peer's own certificate
  chain  ///< every certificate of its chain but the root
};

/// Options that each connection may set. In a context, these are the defaults of its connections.
/// Passed along with a context, the options that are set override the context's, for that
/// connection only.
struct connection_options {
  /// Protocol versions. Default: TLS 1.2 and 1.3. `min` above `max` is refused.
  setting<tls_method> method;

  /// Cipher list for TLS 1.2 and earlier, in OpenSSL's syntax (openssl-ciphers(1)); a name that
  /// OpenSSL does not know is refused. Default: AES-GCM and ChaCha20-Poly1305 with ephemeral keys.
  setting<std::string> ciphers;

  /// Cipher suites of TLS 1.3, separated by ":"; an unknown name is refused. Default:
  /// "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256".
  setting<std::string> ciphersuites;

  /// What is required of the peer's certificate. Default: client `required`, server `none`.
  setting<verify_mode> verify;

  /// How many intermediate CA certificates a chain may have, counted as by
  /// SSL_CTX_set_verify_depth(3). Default: 100, OpenSSL's. Negative is refused.
  setting<int> max_depth;

  /// Public key pins: the peer must have one of these keys, whatever its issuer. Each is the
  /// SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 7469), as "sha256//" and base 64, the
  /// form of curl's option --pinnedpubkey; an element may hold several, separated by ";". Only the
  /// peer's own certificate is compared, even if `verify` would accept anything: a client with
  /// `none` and a pin trusts this key alone, whatever the certificate contains. Another key is
  /// refused (`certificate_rejected`, X509_V_ERR_APPLICATION_VERIFICATION). A server compares the
  /// certificates of its clients; on a server, pins with `verify` `none` are refused. With a
  /// pre-shared key there is nothing to compare. Refused: an empty list, and a text that is not
  /// such a pin. Default: any key.
  setting<std::vector<std::string>> pinned_public_keys;

  /// Client: TLSA records of the server (DANE, RFC 6698 and 7671), of which its certificates must match
  /// at least one; see tlsa_record.hpp. The program gets them from the DNS, by DNSSEC. They belong to
  /// `server_name`, the TLSA base domain, and to one port, so set them for a connection rather than for a
  /// context. Usages 0 and 1 are a demand in addition to a chain to a trusted authority. With 2, the
  /// authority in the record is the trusted one; the name and the dates are checked as always. With 3, it
  /// is enough that the server has the certificate or the key: its names, dates, issuer, purposes and
  /// revocation lists do not count (RFC 7671, 5.1), but `verify_callback`, `pinned_public_keys` and `ocsp`
  /// do. Among records of the same usage and selector, only those with the strongest digest are compared
  /// (RFC 7671, 9).
  ///
  /// Unusable records are skipped, since a server may publish what its clients do not know yet. If all are
  /// unusable, the option is refused, with the number of each record and what is wrong with it: the
  /// protocol decides what a client does then, and `tlsa_record::fault()` finds out before. A server that
  /// matches none is refused (`certificate_rejected`, X509_V_ERR_DANE_NO_MATCH); with
  /// `verify_mode::optional`, `info()` has that instead. `info().matched_tlsa_record` is the record that
  /// has matched. A session is resumed only if the certificates of its first handshake match the present
  /// records. Refused: an empty list (leave the option unset if the DNS has no record), `verify` `none`, no
  /// `server_name`, `accept_raw_public_keys`, and the option on a server. Default: none.
  setting<std::vector<tlsa_record>> tlsa_records;

  /// Whether the peer may show a raw public key instead of a certificate (RFC 7250), which must
  /// then be one of `pinned_public_keys`. That alone decides: a bare key has no name, no dates and
  /// no issuer, so neither `server_name` nor `verify_callback` has a say. A peer may still show a
  /// certificate, about which all options apply, as if this one were not set.
  /// `info().raw_public_key_pin` has the key. Refused without `pinned_public_keys`, with `ocsp`,
  /// and before OpenSSL 3.2. Default: false.
  setting<bool> accept_raw_public_keys;

  /// Client: whether it asks the server for a current OCSP response about its certificate, which
  /// the server staples to the handshake. `request` refuses a certificate that is revoked, and a
  /// response that is out of date, broken, about another certificate, or not signed by the issuer
  /// or by a responder to whom the issuer has delegated that; it continues if there is no response
  /// (unless the certificate promises one, RFC 7633) or if the responder does not know the
  /// certificate. `require` accepts only "good". A response that does not state when the next one
  /// is due is valid for a day. If the certificate is refused, the error is `certificate_rejected`,
  /// with `verify_result()` X509_V_ERR_CERT_REVOKED, X509_V_ERR_OCSP_VERIFY_NEEDED (missing),
  /// X509_V_ERR_OCSP_CERT_UNKNOWN or X509_V_ERR_OCSP_VERIFY_FAILED; with `verify_mode::optional`,
  /// `info()` has it instead. A session is resumed only while the response of its first handshake
  /// is valid. The option is refused if `verify` is `none`, and on a server. Default: `none`.
  setting<ocsp_mode> ocsp;

  /// Server: choose by its own order of ciphers instead of the client's. Default: true.
  setting<bool> prefer_server_cipher_order;

  /// Client: the host to talk to. It is sent (SNI, RFC 6066, unless it is an IP address) and must
  /// match the certificate: subject alternative names only, no partial wildcards (RFC 9525). A
  /// stream that connects by itself uses the host that it connects to. Empty is refused unless
  /// `verify` is `none`; so are control characters, a NUL, letters beyond ASCII (give the A-label),
  /// and a zone ("%eth0") of anything but a link-local address. A final dot is ignored.
  ///
  /// Server: the name that a client must ask for; another one, or none, is refused with the alert
  /// unrecognized_name. Default: any.
  setting<std::string> server_name;

  /// Client: the name that is sent (SNI), where it is not the one to verify: a front end chooses by
  /// this name, and the certificate must still match `server_name`. Empty: none is sent. A session
  /// is resumed only if the same name is sent. An IP address is refused, since it is never sent
  /// (RFC 6066, 3), and so is whatever `server_name` refuses. Refused on a server. Default:
  /// `server_name`, unless it is an IP address.
  setting<std::string> sni_name;

  /// Client: the server's ECHConfigList, in binary or base 64, as the parameter `ech` of its HTTPS record in
  /// the DNS has it (RFC 9848). With it, the hello is encrypted (Encrypted Client Hello, RFC 9849): on the
  /// network, the name that the client asks for (SNI) is the public name in the list, which many hosts may
  /// share. Application protocols (`alpn`) stay visible. A server that cannot decrypt the hello must prove, by
  /// a certificate that our authorities have issued, that it has the public name, whatever `verify`,
  /// `pinned_public_keys` and `verify_callback` say about `server_name`; then the handshake fails with
  /// `ssl_errc::ech_rejected`, and the error's `ech_retry_configs()` has what to connect again with. Nothing is
  /// sent to that server. `info().ech_status` reports what became of it. Such a connection offers TLS 1.3
  /// alone. Empty: the hello is not encrypted, whatever the context has. Refused: what is no such list, one in
  /// which OpenSSL supports nothing, a `method` without TLS 1.3, and a list before OpenSSL 4.0. Without effect
  /// on a server. Default: none.
  setting<std::string> ech_config;

  /// Client: whether a hello without `ech_config` contains random bytes that look like an encrypted one
  /// (GREASE, RFC 9849, 6.2), so that those who hide a name do not stand out. What a server answers to them
  /// is ignored. Refused as in `ech_config`. Default: false.
  setting<bool> ech_grease;

  /// The application protocols that this end supports, the preferred one first: "h2", "http/1.1"
  /// (ALPN, RFC 7301). The server's order decides; `info().alpn` has the result. A server that
  /// supports none of a client's protocols ends the handshake with the alert
  /// no_application_protocol; a client ends it if the server chooses none. A client that offers no
  /// list at all is served, without a protocol. Refused: an empty list, an empty name, a name of
  /// more than 255 bytes, more than 32,768 bytes in all. Default: ALPN is not used.
  setting<std::vector<std::string>> alpn;

  /// Whether the handshake continues without a protocol if `alpn` finds none that both ends
  /// support. Default: false.
  setting<bool> alpn_optional;

  /// The groups that may be used for the key exchange, the preferred one first, by OpenSSL's names:
  /// "X25519", "P-256". A client sends its key share for the first, and by default, with OpenSSL
  /// 3.5, for X25519 as well. An unknown name is refused, and so are an empty list and a duplicate.
  /// A name with a question mark in front, "?X25519MLKEM768", is left out where OpenSSL and its
  /// providers do not know it, whatever OpenSSL's version; at least one name must be left.
  /// Default: X25519MLKEM768, which withstands quantum computers, if OpenSSL has it (3.5); then
  /// X25519, secp256r1, X448, secp384r1, secp521r1, ffdhe2048, ffdhe3072.
  setting<std::vector<std::string>> groups;

  /// The signature algorithms that both ends may use to prove possession of their keys, the
  /// preferred one first, by TLS's names: "ecdsa_secp256r1_sha256". Refused as in `groups`.
  /// Default: ML-DSA if OpenSSL has it (3.5), then those of TLS 1.3 and RSA with PKCS #1 padding,
  /// none with SHA-1.
  setting<std::vector<std::string>> signature_algorithms;

  /// The maximum size in bytes of all the peer's certificates together; more end the handshake
  /// ("excessive message size"). Default: 102,400. Zero, or more than 2^31 - 1, is refused.
  setting<std::size_t> max_certificate_chain;

  /// Whether an end without close_notify is the error `truncated` (the default) or end-of-file. Use
  /// `false` only with protocols that mark the end of each message (RFC 8446, 6.1);
  /// `info().truncated` is then set.
  setting<bool> require_close_notify;

  /// The whole handshake must be done within this time, however slowly the peer's bytes trickle in.
  /// Default: 30 s; zero: no limit. Negative times are refused, here and below.
  setting<std::chrono::milliseconds> handshake_timeout;

  /// How long one wait for input may last, including output that has to be sent first: a refill of
  /// the get area ends with `timed_out` if no byte has arrived by then. The stream remains usable
  /// after `clear()`. Default: no limit; zero: no limit.
  setting<std::chrono::milliseconds> read_timeout;

  /// How long sending one full buffer or one flush may take. A flush that timed out may be repeated
  /// and continues where it stopped; any other output operation that times out ends the output for
  /// good, since it is not known how much of its data was sent. Default: no limit; zero: no limit.
  setting<std::chrono::milliseconds> write_timeout;

  /// How long closing may take in all: a handshake if there was none yet, sending pending output,
  /// close_notify, and waiting for the peer's end. When the time is over, that is not an error
  /// unless output was lost, or a handshake was not completed. Default: 2 s; zero: send what can be
  /// sent without waiting, and do not wait for the peer; a stream that was never used then closes
  /// without a handshake.
  setting<std::chrono::milliseconds> close_timeout;

  /// Client: whether a stream that connects by itself (to a host and a service, in the constructor
  /// or in `connect`) performs the handshake as well, so that a failure of either shows at once.
  /// With `false`, and for streams on a descriptor or a transport, the handshake takes place with
  /// the first input or output. Default: true.
  setting<bool> handshake_on_connect;

  /// Client: whether a server may ask for our certificate after the handshake as well, once it
  /// knows what we want (TLS 1.3, RFC 8446, 4.6.2), as Apache does for a folder with a
  /// SSLVerifyClient of its own. Reading answers it with `certificate`, if there is one. A client
  /// that does not offer this is refused by such a server. For TLS 1.2, see `max_renegotiations`.
  /// Default: false.
  setting<bool> post_handshake_auth;

  /// Client: how many times the server of a connection may renegotiate in TLS 1.2, the way in which
  /// it asks for our certificate once it knows what we want. Reading takes part in it, within its
  /// own time limits. Only secure renegotiation (RFC 5746) is done. Each handshake is checked like
  /// the first one; in addition, the server must show the same certificate. Otherwise, the
  /// connection ends before anything else is delivered (`certificate_rejected`). The application
  /// protocol (ALPN) stays. The warning no_renegotiation answers each request beyond this number,
  /// and every request of a server that does not know RFC 5746. `export_keying_material` changes
  /// with each. Negative is refused, and so is the option on a server. TLS 1.3 has no
  /// renegotiation. Default: 0.
  setting<int> max_renegotiations;

  /// Where the connection writes its messages, for debugging, in the words of `openssl s_client -trace`
  /// (SSL_trace(3)): each record's version, content type and length; each message of the handshake, with
  /// versions, cipher suites, extensions, groups, signature algorithms, application protocols and the
  /// host that is asked for; and alerts. It shows who talks to whom, but no secret: of application data,
  /// randoms, session identifiers, tickets, pre-shared keys' identities and binders, key shares,
  /// certificates, signatures and the contents of Finished, there is only the length.
  ///
  /// The ostream must outlive the connection. It is used by the threads that use the connection, one at
  /// a time; nothing else locks it, so connections that different threads use need one each. A message
  /// is one call of its buffer's `sputn()`; nothing is flushed, not even what the ostream is tied to.
  /// What the ostream throws is ignored, and badbit there stops the trace: neither affects the
  /// connection, which waits for the ostream, though `cancel()` does not. Its buffer may not use this
  /// stream, nor, in the thread that calls it, OpenSSL. Default: none (null).
  setting<std::ostream*> message_trace;

  /// Client: a session of an earlier connection, to be resumed. Resuming never weakens the checks:
  /// the server's certificates of that time must pass all that this connection demands, including
  /// host name and trust, and `server_name`, our own certificate and the ciphers must still match.
  /// Otherwise, or if the session is used up, expired, or unknown to the server, a full handshake
  /// takes place; `info().resumed` is false then. An empty session does nothing.
  setting<ssl_session> session;
};

}  // namespace iostls
