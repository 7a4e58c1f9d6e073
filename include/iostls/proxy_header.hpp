// SPDX-License-Identifier: Apache-2.0
/// \file
/// What may precede TLS on a server's socket: the header of the PROXY protocol, by which a balancer
/// names its client; and detecting TLS or plaintext on a port that serves both.
///
/// \code
///   int fd = listener.accept();
///   const auto header = iostls::read_proxy_header(fd, deadline, {"10.0.0.0/8"});
///   iostls::ssl_server_stream s(iostls::proxied_socket(fd, header), context);
///   log(s.peer_address());  // the client's, not the balancer's
/// \endcode
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <iostls/export.hpp>
#include <iostls/transport.hpp>

namespace iostls {

/// The header that a balancer sends in front of a connection. Addresses have the form of
/// `ssl_stream::peer_address()`: "192.0.2.1:51234", "[2001:db8::1]:443", "unix:/run/x".
struct proxy_header {
  int version = 0;          ///< of the protocol: 1 or 2
  std::string source;       ///< the client
  std::string destination;  ///< what the client has connected to

  /// Whether the balancer forwards a client. If not, both addresses are empty: the connection is
  /// the balancer's own, such as a health check (LOCAL), or it does not know the client (UNKNOWN,
  /// UNSPEC).
  bool has_client() const { return !source.empty(); }
};

/// Reads the header of the PROXY protocol, version 1 or 2, from an accepted socket, and not a byte more:
/// what follows belongs to TLS. Additional fields of version 2 (TLVs) are skipped.
///
/// Anybody can send such a header. `trusted` has the addresses of the balancers that may, "192.0.2.7"
/// or "10.0.0.0/8" or "2001:db8::/32"; an empty list lets everybody who can connect choose their
/// address. Peers at a local socket have no such address, and are not asked.
///
/// Throws `ssl_error`, operation "proxy header"; the descriptor stays the caller's, to be closed:
/// - `timed_out` at the deadline, `truncated` if the peer ends first, `system_error`; among these is
///   `std::errc::connection_reset` where `trusted` has something and the peer has reset the connection, since
///   its address is unknown then;
/// - `protocol_error` if what comes is no such header, is longer than 16 KiB, or comes from a peer that
///   is not trusted. There is no way to go on then: guessing would let clients forge addresses;
/// - `bad_configuration` if `trusted` has something that is not an address or a network.
///
/// Source: "The PROXY protocol, versions 1 & 2", haproxy.org.
IOSTLS_EXPORT proxy_header read_proxy_header(
    int fd,
    std::chrono::steady_clock::time_point deadline = (std::chrono::steady_clock::time_point::max)(),
    const std::vector<std::string>& trusted = {});

/// A socket as a transport whose addresses are those of the header, and so the stream's:
/// `peer_address()`, `local_address()`, errors. Without a client in the header they are the socket's own.
/// Takes over the descriptor when it returns. Throws `ssl_error` (`system_error`) if `fd` is not an open
/// descriptor.
IOSTLS_EXPORT std::unique_ptr<transport> proxied_socket(int fd, const proxy_header& header);

/// Whether a client begins with TLS. Waits for its first byte and takes nothing, so that one port can serve
/// both: make a stream of the descriptor if so, and read plain text from it if not. False also if the
/// client ends without a byte.
///
/// Throws `ssl_error`, operation "looks_like_tls"; the descriptor stays the caller's: `timed_out` at the
/// deadline, as where a client waits for the server's greeting, or `system_error`, also if the
/// descriptor is not a socket.
IOSTLS_EXPORT bool looks_like_tls(int fd, std::chrono::steady_clock::time_point deadline =
                                              (std::chrono::steady_clock::time_point::max)());

}  // namespace iostls
