// SPDX-License-Identifier: Apache-2.0
/// \file
/// Options of a connection and of a context.
///
/// Every member may be left alone: the defaults are TLS 1.2 and 1.3, forward secrecy with
/// authenticated encryption, and a client that verifies the server's certificate and name.
/// Values are checked when the context or the stream is made, before a byte is sent; a wrong one
/// throws `ssl_error` (`bad_configuration` or `bad_credentials`) that names the option, the path
/// and OpenSSL's reason.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <iostls/client_hello.hpp>
#include <iostls/connection_options.hpp>
#include <iostls/credential_source.hpp>
#include <iostls/handshake_event.hpp>
#include <iostls/ocsp.hpp>
#include <iostls/psk.hpp>
#include <iostls/setting.hpp>
#include <iostls/ticket_key.hpp>
#include <iostls/verify_event.hpp>

namespace iostls {

/// Options that only a context has, in addition to those of a connection: its own credentials, and
/// the authorities that it trusts.
struct context_options : connection_options {
  /// Our certificate: the leaf first, then the intermediates that lead to the root; see
  /// `pem_source` for formats other than PEM. In a PKCS#12 file, and behind a URI, the leaf is the
  /// one that belongs to the key, and its intermediates are put in order. A server needs a
  /// certificate, unless it has `psk`; a client sends one if it has one and the server requests it.
  pem_source certificate;

  /// Its private key. Default: looked for in `certificate`.
  pem_source key;

  /// The password of an encrypted key, PKCS#12 file or device, at most 1,023 bytes.
  password_source certificate_password;

  /// Server: an OCSP response about `certificate`, to be stapled for clients that ask, whatever
  /// status it has. It must be signed by the issuer, or by a responder to whom the issuer has
  /// delegated that; the issuer's certificate is looked for in `certificate` and among the trusted
  /// ones. A response that is out of date is accepted, but not stapled: replace it in time, and
  /// call `ssl_context::reload()`. Default: none.
  ocsp_source ocsp_response;

  /// More certificates, each with its key. A server selects by name: a client gets one whose
  /// subject alternative names match the host that it asks for (SNI), by the rules that a client's
  /// stream applies; an exact match is preferred to a wildcard, and earlier ones to later ones.
  /// `certificate` is the first of all, and the default for other names and for clients that ask
  /// for none. Several for the same names may have keys of different types, such as RSA and ECDSA:
  /// the client gets what it supports. Whatever is served, all other options apply.
  /// A client shows the first whose issuer, or an issuer in its chain, is among the authorities
  /// that the server names, and whose key suits the server's algorithms; `certificate` is the first
  /// of all, and what other servers get. A client's have no `ocsp_response`.
  std::vector<credential_source> more_credentials;

  /// Whether the peer is shown the bare public key of our certificate (RFC 7250), if it accepts
  /// one; other peers get the certificate. For peers that know our key, such as devices without a
  /// clock: a handshake is shorter by the certificates, and nothing expires. Refused without a
  /// certificate, and before OpenSSL 3.2. Default: false.
  setting<bool> present_raw_public_key;

  /// The algorithms by which certificates are compressed, the preferred one first: "zlib", "brotli",
  /// "zstd" (TLS 1.3, RFC 8879). This end asks the peer for a compressed certificate, and sends its own to
  /// a peer that asks for one of them, whose order then decides. Off by default: the peer makes this end
  /// decompress before it is known who the peer is; a certificate takes a few kilobytes, and none at all
  /// where a session is resumed; and a client is recognized by its list. `max_certificate_chain` limits
  /// what is decompressed, too, with OpenSSL 3.5.5 or another version that has the fix of
  /// CVE-2025-66199; do not use this with an older one. A server compresses its certificates once, when the context is made or
  /// loaded again. A certificate with an OCSP response to staple is sent as it is, and so is what
  /// `on_client_hello` chooses. This needs OpenSSL 3.2, built with these algorithms. A name with a question
  /// mark in front, "?brotli", is left out where OpenSSL does not have it; if nothing is left, nothing is
  /// compressed. Refused: an empty list, any other name, a duplicate, and a name that OpenSSL does not
  /// have. Default: nothing is compressed, nor asked for compressed.
  setting<std::vector<std::string>> certificate_compression;

  /// Keys that both ends have agreed on beforehand. A client offers its key; a server that knows it
  /// accepts it, and then neither side sends a certificate, whatever `verify` is: both have proved
  /// that they have the key. Otherwise the handshake uses certificates, by the other options. A
  /// server with `psk` needs no `certificate`, and a client needs no `server_name`: without it, a
  /// server that does not accept the key is refused, unless `verify` is `none`.
  /// `info().psk_identity` shows whether a key was used. In TLS 1.3, keys are used with SHA-256:
  /// the default of `ciphersuites` then has TLS_AES_128_GCM_SHA256 first. In TLS 1.2, the default
  /// of `ciphers` then begins with ECDHE-PSK-CHACHA20-POLY1305. A session is no longer resumed once
  /// another key is given. Before a session is resumed, a server's function is asked again about
  /// its identity, and must return the same key. Of all that a client of TLS 1.3 offers in one handshake,
  /// keys and tickets, a server looks at eight; it asks no more once the handshake has taken too long or
  /// was canceled.
  psk_source psk;

  /// A file to which connections write their secrets, for tools like Wireshark: with it, anybody
  /// can decrypt them. It is created for its owner alone (0600) if it does not exist, and appended
  /// to; failing to open it is an error, failing to write is not. Refused are a symbolic link, and
  /// a file or FIFO of another user than the program runs as, or with access for others. Default:
  /// none, whatever the environment contains.
  std::string keylog_file;

  /// Commands for OpenSSL, SSL_CONF_cmd(3), by the names of configuration files, for settings that
  /// have no option: {{"Options", "-EncryptThenMac"}}. They are run last and override the other
  /// options of the context, but not those of a connection. Refused: what OpenSSL does not know or
  /// accept.
  std::vector<std::pair<std::string, std::string>> openssl_commands;

  /// A file of CA certificates to trust. A server sends their names when it asks for a certificate.
  std::string ca_file;

  /// A folder of CA certificates, named by their hashes (openssl-rehash(1)).
  std::string ca_directory;

  /// CA certificates to trust, in memory.
  pem_text ca_certificates;

  /// Whether the authorities of the system are trusted, in addition to those of the three options
  /// above: OpenSSL's defaults, or SSL_CERT_FILE and SSL_CERT_DIR in the environment. A server does
  /// not send their names. Default: a client trusts them if it names no others, a server never.
  setting<bool> system_trust;

  /// Certificate revocation lists, one or several. If they are given, they are used: see
  /// `crl_check`.
  pem_source crl_file;

  /// Default: `leaf` if `crl_file` is given, else `none`. Lists are looked for in `crl_file` and
  /// `ca_directory`; a certificate whose issuer has no valid list is refused.
  setting<crl_check_mode> crl_check;

  /// Whether a certificate in `ca_file`, `ca_certificates` or `ca_directory` ends a chain that
  /// leads to it even if it is not self-signed: an intermediate authority, whose root need not be
  /// known then, or the peer's own certificate. Otherwise, such a certificate only helps to build a
  /// chain to a trusted root. Default: false.
  setting<bool> partial_chains;

  /// The purposes (extended key usages) of which the peer's certificate must have at least one, if
  /// it lists any: "serverAuth", "clientAuth", or "any", which turns the check off. The authorities
  /// of the chain must allow that purpose, too. An unknown name is refused. Default: the role of
  /// the peer, "serverAuth" for a server and "clientAuth" for a client.
  std::vector<std::string> peer_purposes;

  /// Called for each certificate of the peer's chain and for each error, see verify_event.hpp. True
  /// accepts the certificate, or the error; false refuses: with the error, or, if OpenSSL had none,
  /// with X509_V_ERR_APPLICATION_VERIFICATION. A function that returns `e.accepted` changes
  /// nothing; one that returns true turns verification off. If errors were accepted, `info()` has
  /// the last one, and `verified` is false. Not called if `verify` is `none`, nor for a client that
  /// sends no certificate; with a client's `optional`, a refusal shows in `info()` only. It does
  /// not replace `pinned_public_keys`. It is called during handshakes, on their threads, so several
  /// threads may call it at once; of the stream, it may only call `cancel()` and set time limits.
  /// What it throws ends the handshake and is thrown by `do_handshake()`, `info()` or
  /// `peer_certificate()`; reading and writing report `handshake_failed`. Resuming a session does
  /// not bypass it: a client verifies the server's certificates again before it offers a session,
  /// and each client that has a certificate gets a full handshake from a server.
  verify_function verify_callback;

  /// Server: whether clients get tickets with which they can resume their sessions. A session is
  /// resumed only for the same SNI, under the same rules for clients (`verify`, trust, revocation
  /// lists, depth, versions, ciphers, `psk`, and `openssl_commands` word for word), within
  /// `session_lifetime`, and as long as a full handshake would accept the client: its chain, which
  /// the ticket contains, is verified each time, with the current lists and time, and its
  /// pre-shared key must still be known. Default: true.
  setting<bool> session_tickets;

  /// Server: how many tickets a client gets after a full handshake of TLS 1.3; it gets one when it
  /// resumes. 0: none, except that TLS 1.2 always has one. At most 255. Default: 2.
  setting<int> num_tickets;

  /// Server: how long a session may be resumed, counted from its last full handshake, however many
  /// new tickets its client gets meanwhile. A session ends earlier if the certificates of its
  /// client expire or are revoked, see `session_tickets`. Zero, negative times and more than seven
  /// days (RFC 8446, 4.6.1) are refused. Default: two hours.
  setting<std::chrono::seconds> session_lifetime;

  /// Server: the keys of its tickets. The first encrypts, the others still decrypt. Servers with
  /// the same keys and the same options resume each other's sessions; `session_lifetime` may
  /// differ, and the shorter one counts. Functions cannot be compared: a `psk` function is asked
  /// again, and a client that has a certificate never resumes if there is a `verify_callback`. To
  /// replace keys without a restart, see `ssl_context::set_ticket_keys`. Default: a random key of
  /// this context, which is never replaced.
  std::vector<ticket_key> ticket_keys;

  /// Client: how many sessions the context keeps, and resumes by itself if host (`server_name`) and
  /// port are the same; the oldest ones are dropped first. The rules of `session` apply. Default:
  /// 0, none.
  setting<int> session_cache;

  /// Server: called with each client's hello, before anything is answered; it may choose another
  /// context or a certificate, or refuse the client, see client_hello.hpp. It is called once in
  /// each handshake, for those that resume a session, too; a client that then changes its mind
  /// about the host or the protocols, which only a second hello could do, is refused. A session is
  /// resumed only where the same context and the same certificates are chosen as when it was made,
  /// or with the same `ticket_keys` another context with the same rules. A context with this
  /// function needs no `certificate`; a client for which it chooses none is then refused. Called on
  /// the threads of handshakes, so by several at once; it may take its time, of
  /// `handshake_timeout`, and of the stream, it may only call `cancel()` and set time limits. What
  /// it throws ends the handshake with the alert internal_error, and comes out as what
  /// `verify_callback` throws does. Default: none.
  client_hello_function on_client_hello;

  /// Called for each handshake of the context's streams that has succeeded or failed, see
  /// handshake_event.hpp: once for each connection, at the end of the handshake, before the
  /// operation returns that has led to it. A connection whose handshake was begun and then given up
  /// is reported when it is closed; one that was closed before the handshake began is not. In TLS
  /// 1.3, a server's refusal of a client's certificate comes after the client's handshake. Called
  /// by several threads at once; of the stream, it may only call `cancel()` and set time limits,
  /// and the stream waits for it. What it throws is ignored: it cannot make a handshake fail. For
  /// numbers alone, see `ssl_context::counters()`. Default: none.
  handshake_function on_handshake;
};

}  // namespace iostls
