// SPDX-License-Identifier: Apache-2.0
// Client streams: connecting.
#include <algorithm>
#include <exception>
#include <memory>

#include <iostls/ssl_stream.hpp>

#include "base/deadline.hpp"
#include "base/lazy_instance.hpp"
#include "context/context.hpp"
#include "openssl/error.hpp"
#include "options/effective_options.hpp"
#include "stream/stream_opening.hpp"
#include "stream/stream_state.hpp"
#include "stream/streambuf_access.hpp"
#include "system/socket_address.hpp"
#include "system/sockets.hpp"
#include "transport/descriptor_transport.hpp"
#include "transport/host_name.hpp"
#include "transport/numbered_ports.hpp"
#include "transport/tcp_connect.hpp"

namespace iostls {

using detail::of_role;
using detail::streambuf_access;

namespace {

// If no server name is set, the host is used: errors in it are then reported as errors of the host.
// An empty host is accepted here: it is this machine, and there is no name to verify.
void check_host(const std::string& host) {
  const std::string fault = host.empty() ? std::string() : detail::host_name_fault(host);
  if (fault.empty()) return;
  const bool is_url = host.find("://") != std::string::npos;
  const bool has_port = !is_url && host.find(':') != std::string::npos;
  throw detail::make_error(
      ssl_errc::bad_configuration, "connect",
      "the host \"" + detail::shown_host(host) + "\" " + fault +
          (is_url ? "; give the host of the URL alone" : "") +
          (has_port ? "; the port, or service, is an argument of its own" : ""));
}

// Reading the system's trusted certificates takes milliseconds, so all users share this context.
const ssl_context& default_client_context() {
  static detail::lazy_instance<const ssl_context> instance;
  return instance.get([] { return std::make_unique<const ssl_context>(ssl_context::client()); });
}

// Owns a descriptor until a stream has taken it over.
class dialed_descriptor {
 public:
  explicit dialed_descriptor(int fd) : fd_(fd) {}
  dialed_descriptor(const dialed_descriptor&) = delete;
  dialed_descriptor& operator=(const dialed_descriptor&) = delete;
  ~dialed_descriptor() {
    if (fd_ >= 0) detail::close_descriptor(fd_);
  }
  std::unique_ptr<transport> take() {
    auto transport = std::make_unique<detail::descriptor_transport>(fd_);
    fd_ = -1;
    return transport;
  }

 private:
  int fd_;
};

}  // namespace

// Connects, and performs the handshake if requested, within one deadline. The handshake takes place
// in the buffer, where cancel() reaches it.
void ssl_stream::establish(const std::string& host, const std::string& service,
                           std::unique_ptr<detail::engine> connection, bool with_handshake) {
  const streambuf_access::dial cancelable(buffer_);
  streambuf_access::leave(buffer_);
  const auto began = std::chrono::steady_clock::now();
  const auto limit = connection->handshake_timeout();
  const time_point deadline =
      limit.count() == 0 ? detail::engine::never : detail::deadline_after(limit);
  dialed_descriptor fd(
      detail::connect_tcp(host, service, std::min(expiry(), deadline), cancelable.wake()));
  connection->set_dialed(detail::host_and_port(host, service));
  connection->set_connect_duration(std::chrono::steady_clock::now() - began);
  if (with_handshake) connection->handshake_by(deadline);
  connection->open(fd.take());
  detail::engine& dialed = *connection;
  streambuf_access::open(buffer_, std::move(connection));
  if (cancelable.canceled()) throw detail::make_error(ssl_errc::canceled, "connect");
  // If the thread is canceled (pthread_cancel) here, the stream must not be left in a good state.
  detail::set_bits(*this, failbit);
  if (with_handshake) dialed.handshake();
}

void ssl_stream::dial(const std::string& host, const std::string& service,
                      const ssl_context& context, const connection_options& options) {
  const auto state = of_role(false, context).state();
  const connection_options& base = state->options();
  connection_options named = options;
  if (!detail::effective(base.server_name, options.server_name).has_value()) {
    check_host(host);
    named.server_name = host;
  }
  const bool with_handshake =
      detail::value_of<&connection_options::handshake_on_connect>(false, base, options);
  auto connection = std::make_unique<detail::engine>(context, named);
  try {
    establish(host, service, std::move(connection), with_handshake);
  } catch (const std::exception& e) {
    streambuf_access::fail_opening(buffer_, detail::as_ssl_error(e));
    attach();
    detail::set_bits(*this, failbit);
    if ((exceptions() & rdstate()) != 0) detail::throw_as_ssl_error(e);
    return;
  }
  attach();
  clear();
}

ssl_client_stream::ssl_client_stream(int fd, const ssl_context& context,
                                     const connection_options& options) {
  streambuf_access::open(*rdbuf(), fd, of_role(false, context), options);
}

ssl_client_stream::ssl_client_stream(int fd, const context_options& options) {
  streambuf_access::open(*rdbuf(), fd, ssl_context::client(options), connection_options());
}

ssl_client_stream::ssl_client_stream(std::unique_ptr<transport> transport,
                                     const ssl_context& context,
                                     const connection_options& options) {
  streambuf_access::open(*rdbuf(), std::move(transport), of_role(false, context), options);
}

ssl_client_stream::ssl_client_stream(std::unique_ptr<transport> transport,
                                     const context_options& options) {
  streambuf_access::open(*rdbuf(), std::move(transport), ssl_context::client(options),
                         connection_options());
}

ssl_client_stream::ssl_client_stream(const std::string& host, const std::string& service) {
  connect(host, service);
}

ssl_client_stream::ssl_client_stream(const std::string& host, const std::string& service,
                                     const ssl_context& context,
                                     const connection_options& options) {
  connect(host, service, context, options);
}

ssl_client_stream::ssl_client_stream(const std::string& host, const std::string& service,
                                     const context_options& options) {
  connect(host, service, options);
}

ssl_client_stream::ssl_client_stream(const std::string& host, int port) { connect(host, port); }

ssl_client_stream::ssl_client_stream(const std::string& host, int port, const ssl_context& context,
                                     const connection_options& options) {
  connect(host, port, context, options);
}

ssl_client_stream::ssl_client_stream(const std::string& host, int port,
                                     const context_options& options) {
  connect(host, port, options);
}

ssl_client_stream::ssl_client_stream(ssl_client_stream&& other) : ssl_stream(std::move(other)) {}

ssl_client_stream& ssl_client_stream::operator=(ssl_client_stream&& other) {
  ssl_stream::operator=(std::move(other));
  return *this;
}

void ssl_client_stream::connect(const std::string& host, const std::string& service) {
  dial(host, service, default_client_context(), connection_options());
}

void ssl_client_stream::connect(const std::string& host, const std::string& service,
                                const ssl_context& context, const connection_options& options) {
  dial(host, service, context, options);
}

void ssl_client_stream::connect(const std::string& host, const std::string& service,
                                const context_options& options) {
  dial(host, service, ssl_context::client(options), connection_options());
}

void ssl_client_stream::connect(const std::string& host, int port) {
  connect(host, detail::port_text(port));
}

void ssl_client_stream::connect(const std::string& host, int port, const ssl_context& context,
                                const connection_options& options) {
  connect(host, detail::port_text(port), context, options);
}

void ssl_client_stream::connect(const std::string& host, int port, const context_options& options) {
  connect(host, detail::port_text(port), options);
}

}  // namespace iostls
