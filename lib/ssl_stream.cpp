// SPDX-License-Identifier: Apache-2.0
#include <iostls/ssl_stream.hpp>

#include <algorithm>

#include <unistd.h>

#include "context.hpp"
#include "deadline.hpp"
#include "descriptor_transport.hpp"
#include "error.hpp"
#include "host_name.hpp"
#include "posix_socket.hpp"
#include "socket_address.hpp"
#include "stream_state.hpp"
#include "streambuf_access.hpp"
#include "tcp_connect.hpp"

namespace iostls {

using detail::make_error;
using detail::streambuf_access;

namespace {

const ssl_context& of_role(bool server, const ssl_context& context) {
  if (context.is_server() == server) return context;
  throw make_error(ssl_errc::bad_configuration, "context",
                   server ? "a server's stream needs a context made by ssl_context::server"
                          : "a client's stream needs a context made by ssl_context::client");
}

// The name of the server, which nobody has set, is the host: where it is wrong, that is to be said of the
// host. An empty one may be all right.
void check_host(const std::string& host) {
  const std::string fault = host.empty() ? std::string() : detail::host_name_fault(host);
  if (fault.empty()) return;
  const bool is_url = host.find("://") != std::string::npos;
  const bool has_port = !is_url && host.find(':') != std::string::npos;
  throw make_error(ssl_errc::bad_configuration, "connect",
                   "the host \"" + host + "\" " + fault +
                       (is_url ? "; give the host of the URL alone" : "") +
                       (has_port ? "; the port, or service, is an argument of its own" : ""));
}

// Reading the system's trusted certificates takes milliseconds; its users share that.
const ssl_context& default_client_context() {
  static const ssl_context* const instance = new ssl_context(ssl_context::client());
  return *instance;
}

// A descriptor of ours until a stream has taken it over.
class dialed_descriptor {
 public:
  explicit dialed_descriptor(int fd) : fd_(fd) {}
  dialed_descriptor(const dialed_descriptor&) = delete;
  dialed_descriptor& operator=(const dialed_descriptor&) = delete;
  ~dialed_descriptor() {
    if (fd_ >= 0) detail::close_descriptor(fd_);
  }
  std::unique_ptr<transport> take() {
    auto carrier = std::make_unique<detail::descriptor_transport>(fd_);
    fd_ = -1;
    return carrier;
  }

 private:
  int fd_;
};

}  // namespace

ssl_stream::ssl_stream() : std::iostream(nullptr) {
  std::ios::rdbuf(&buffer_);
  streambuf_access::prepare(buffer_);  // connect() is too late: cancel() may come meanwhile
  attach();
}

void ssl_stream::open(ssl_streambuf&& buffer) {
  buffer_ = std::move(buffer);
  attach();
}

ssl_stream::ssl_stream(ssl_stream&& other)
    : std::iostream(static_cast<std::iostream&&>(other)),  // of `other`, only this base
      buffer_(std::move(other.buffer_)) {
  set_rdbuf(&buffer_);
  attach();
  streambuf_access::try_to_prepare(other.buffer_);
  other.attach();
}

ssl_stream& ssl_stream::operator=(ssl_stream&& other) {
  if (this != &other) {
    std::iostream::operator=(static_cast<std::iostream&&>(other));
    buffer_ = std::move(other.buffer_);
    attach();
    streambuf_access::try_to_prepare(other.buffer_);
    other.attach();
  }
  return *this;
}

void ssl_stream::swap(ssl_stream& other) {
  if (this == &other) return;
  std::iostream::swap(other);
  buffer_.swap(other.buffer_);
  attach();
  other.attach();
}

ssl_stream::~ssl_stream() { streambuf_access::attach(buffer_, nullptr, nullptr); }

void ssl_stream::attach() noexcept { streambuf_access::attach(buffer_, this, this); }

template <class Operation>
auto ssl_stream::judged(Operation operation) -> decltype(operation()) {
  try {
    return operation();
  } catch (...) {
    detail::set_badbit(*this);
    throw;
  }
}

void ssl_stream::do_handshake() {
  judged([this] { buffer_.do_handshake(); });
}

certificate ssl_stream::peer_certificate() {
  return judged([this] { return buffer_.peer_certificate(); });
}

connection_info ssl_stream::info() {
  return judged([this] { return buffer_.info(); });
}

ssl_session ssl_stream::session() {
  return judged([this] { return buffer_.session(); });
}

void ssl_stream::close() {
  try {
    buffer_.close();
  } catch (const ssl_error&) {
    setstate(failbit);
  }
}

void ssl_stream::shutdown_write() {
  try {
    buffer_.shutdown_write();
  } catch (const ssl_error&) {
    detail::set_badbit(*this);
    if ((exceptions() & badbit) != 0) throw;
  }
}

void ssl_stream::cancel() noexcept { buffer_.cancel(); }

bool ssl_stream::is_open() const { return buffer_.is_open(); }

std::string ssl_stream::peer_address() const { return buffer_.peer_address(); }

std::string ssl_stream::local_address() const { return buffer_.local_address(); }

std::error_code ssl_stream::error() const { return buffer_.error(); }

const ssl_error* ssl_stream::last_error() const { return buffer_.last_error(); }

void ssl_stream::expires_after(duration d) { expires_at(detail::deadline_after(d)); }

void ssl_stream::expires_at(time_point when) { buffer_.expires_at(when); }

void ssl_stream::expires_never() { expires_at((time_point::max)()); }

ssl_stream::time_point ssl_stream::expiry() const { return buffer_.expiry(); }

void ssl_stream::read_timeout(std::chrono::milliseconds limit) { buffer_.read_timeout(limit); }

void ssl_stream::write_timeout(std::chrono::milliseconds limit) { buffer_.write_timeout(limit); }

bool ssl_stream::wait_readable(std::chrono::milliseconds limit) {
  return buffer_.wait_readable(limit);
}

ssl_streambuf* ssl_stream::rdbuf() const { return const_cast<ssl_streambuf*>(&buffer_); }

void ssl_stream::dial(const std::string& host, const std::string& service,
                      const ssl_context& context, const connection_options& options) {
  connection_options named = options;
  const auto state = of_role(false, context).state();
  if (!named.server_name.has_value() && !state->options().server_name.has_value()) {
    check_host(host);
    named.server_name = host;
  }
  auto connection = std::make_unique<detail::engine>(context, named);
  if (is_open()) return setstate(failbit);
  streambuf_access::forget_failures(buffer_);
  try {
    const auto limit = connection->handshake_timeout();
    const time_point deadline =
        limit.count() == 0 ? expiry() : std::min(expiry(), detail::deadline_after(limit));
    const streambuf_access::dial cancelable(buffer_);
    const auto began = std::chrono::steady_clock::now();
    dialed_descriptor fd(detail::connect_tcp(host, service, deadline, cancelable.wake()));
    connection->set_dialed(detail::host_and_port(host, service));
    connection->set_connect_duration(std::chrono::steady_clock::now() - began);
    connection->open(fd.take());
    streambuf_access::open(buffer_, std::move(connection));
    if (cancelable.canceled()) cancel();
  } catch (const std::exception& e) {
    streambuf_access::record(buffer_, detail::as_ssl_error(e));
    attach();
    return setstate(failbit);
  }
  attach();
  clear();
}

// Constructors throw in their bodies, not while they delegate: for an object of a derived class the
// virtual base exists by then, and may be destroyed only after its init() was called.

ssl_server_stream::ssl_server_stream(int fd, const ssl_context& context,
                                     const connection_options& options) {
  open(ssl_streambuf(fd, of_role(true, context), options));
}

ssl_server_stream::ssl_server_stream(int fd, const context_options& options) {
  open(ssl_streambuf(fd, ssl_context::server(options)));
}

ssl_server_stream::ssl_server_stream(std::unique_ptr<transport> carrier, const ssl_context& context,
                                     const connection_options& options) {
  open(ssl_streambuf(std::move(carrier), of_role(true, context), options));
}

ssl_server_stream::ssl_server_stream(std::unique_ptr<transport> carrier,
                                     const context_options& options) {
  open(ssl_streambuf(std::move(carrier), ssl_context::server(options)));
}

ssl_server_stream::ssl_server_stream(ssl_server_stream&& other) : ssl_stream(std::move(other)) {}

ssl_server_stream& ssl_server_stream::operator=(ssl_server_stream&& other) {
  ssl_stream::operator=(std::move(other));
  return *this;
}

ssl_client_stream::ssl_client_stream(int fd, const ssl_context& context,
                                     const connection_options& options) {
  open(ssl_streambuf(fd, of_role(false, context), options));
}

ssl_client_stream::ssl_client_stream(int fd, const context_options& options) {
  open(ssl_streambuf(fd, ssl_context::client(options)));
}

ssl_client_stream::ssl_client_stream(std::unique_ptr<transport> carrier, const ssl_context& context,
                                     const connection_options& options) {
  open(ssl_streambuf(std::move(carrier), of_role(false, context), options));
}

ssl_client_stream::ssl_client_stream(std::unique_ptr<transport> carrier,
                                     const context_options& options) {
  open(ssl_streambuf(std::move(carrier), ssl_context::client(options)));
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

}  // namespace iostls
