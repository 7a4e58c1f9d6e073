// SPDX-License-Identifier: Apache-2.0
/// \file
/// Through an HTTP proxy: CONNECT (RFC 9110, 9.3.6).
///
/// \code
///   iostls::http_proxy proxy{"proxy.example.org", "3128", "user", "password"};
///   iostls::connection_options options;
///   options.server_name = "example.org";
///   iostls::ssl_client_stream s(iostls::connect_tunnel(proxy, "example.org", 443), context, options);
/// \endcode
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <iostls/export.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/transport.hpp>

namespace iostls {

/// The address of a proxy, and the credentials for it. With a user, name and password are sent to it as
/// they are (Basic, RFC 7617): over TCP, everybody on the way can read them.
struct http_proxy {
  std::string host, service;
  std::string user, password;
};

/// Connects to the proxy and has it connect to host and service; the host's name goes to the proxy
/// as it is, and is looked up there. The descriptor that is returned is as `connect_tcp` has it,
/// and leads to the server. A stream that is made of it has to be told the `server_name`. Without a
/// deadline, a proxy that accepts the connection and never answers is waited for without end.
///
/// Throws `ssl_error`, operation "connect":
/// - what `connect_tcp` throws, about the proxy;
/// - `std::errc::permission_denied` if the proxy wants other credentials (407), and
///   `std::errc::connection_refused` if it refuses for another reason, with its own words;
/// - `protocol_error` if it answers what is not HTTP, or more than 16 KiB, or if more than 10 interim
///   answers (1xx) come first;
/// - `timed_out` at the deadline, which goes for all of it, and `truncated` if the proxy leaves;
/// - `bad_configuration` for a host, a service, a user or a password that cannot be sent.
IOSTLS_EXPORT int connect_tunnel(const http_proxy& proxy, const std::string& host,
                                 const std::string& service,
                                 std::chrono::steady_clock::time_point deadline =
                                     (std::chrono::steady_clock::time_point::max)());
IOSTLS_EXPORT int connect_tunnel(const http_proxy& proxy, const std::string& host, int port,
                                 std::chrono::steady_clock::time_point deadline =
                                     (std::chrono::steady_clock::time_point::max)());

/// The same over TLS to the proxy, with a client's context for that. Also throws what a connection
/// to the proxy throws. The transport that is returned ends the connection to the proxy when it is
/// closed. Once there is the tunnel, the time limits of the stream within it count, not those of the
/// proxy's context.
IOSTLS_EXPORT std::unique_ptr<transport> connect_tunnel(
    const http_proxy& proxy, const ssl_context& context, const std::string& host,
    const std::string& service,
    std::chrono::steady_clock::time_point deadline =
        (std::chrono::steady_clock::time_point::max)());
IOSTLS_EXPORT std::unique_ptr<transport> connect_tunnel(
    const http_proxy& proxy, const ssl_context& context, const std::string& host, int port,
    std::chrono::steady_clock::time_point deadline =
        (std::chrono::steady_clock::time_point::max)());

}  // namespace iostls
