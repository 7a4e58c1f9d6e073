// SPDX-License-Identifier: Apache-2.0
// A tunnel through a proxy that is reached by TLS.
#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <iostls/getline.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/tunnel.hpp>

#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"
#include "stream/streambuf_access.hpp"
#include "system/socket_address.hpp"
#include "transport/http_connect_messages.hpp"
#include "transport/nested_transport.hpp"
#include "transport/numbered_ports.hpp"

namespace iostls {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The difference to the earliest of all time points would not fit.
milliseconds left_until(steady_clock::time_point deadline) {
  const auto now = steady_clock::now();
  if (deadline <= now) return milliseconds(1);
  return std::chrono::ceil<milliseconds>(deadline - now);
}

// Four records of the stream within, with what encryption adds to them: fits into what a connection sends at once.
constexpr std::size_t most_at_once = std::size_t{64} * 1024 + 256;

// What a connection uses that runs within the TLS connection to the proxy.
class tunnel_transport final : public streambuf_transport, public detail::nested_transport {
 public:
  using time_point = transport::time_point;
  using engine = detail::engine;

  // From now on, only the limits of the stream within count. Which of its reads send something first
  // is also its own affair: none may wait here until the peer takes what there was no time for.
  explicit tunnel_transport(std::unique_ptr<ssl_client_stream> proxy)
      : streambuf_transport(*proxy->rdbuf()), proxy_(std::move(proxy)) {
    proxy_->expires_never();
    proxy_->read_timeout(milliseconds(0));
    proxy_->rdbuf()->flush_on_read(false);
  }

  // Unlike most buffers, a stream can be waited for with a time limit.
  std::error_code wait(event what, time_point deadline) override {
    while (what == event::readable && deadline != (time_point::max)()) {
      if (steady_clock::now() >= deadline) return std::make_error_code(std::errc::timed_out);
      if (proxy_->rdbuf()->wait_readable(left_until(deadline))) break;
    }
    return streambuf_transport::wait(what, (time_point::max)());
  }

  // Goes past the stream's buffer, where a timeout within a block is final. What the connection has
  // taken counts as written once it is sent: a caller that repeats a failed write passes the same
  // bytes again. More at once would be sent in parts, each of them with the whole time limit.
  io_result write_some(const void* data, std::size_t size) override {
    const std::size_t piece = std::min(size, most_at_once);
    std::size_t taken = 0;
    std::error_code failed;
    try {
      engine::operation_guard v(connection(), "write", engine::operation_guard::wakes::are_left);
      const std::size_t known = std::min(unsent_, piece);
      connection().write(v, static_cast<const char*>(data) + known, piece - known, taken);
      connection().flush(v);
    } catch (const std::system_error& e) {
      failed = e.code();
    } catch (const std::exception&) {
      failed = std::make_error_code(std::errc::not_enough_memory);
    }
    unsent_ += taken;
    if (failed) return {0, failed};
    unsent_ -= piece;
    return {piece, {}};
  }

  io_result write_or_wait(const void* data, std::size_t size, time_point deadline) override {
    const bool has_limit = deadline != (time_point::max)();
    proxy_->rdbuf()->write_timeout(has_limit ? left_until(deadline) : milliseconds(0));
    return write_some(data, size);
  }

  void shutdown_write() noexcept override {
    try {
      proxy_->rdbuf()->shutdown_write();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the next read reports it
    }
  }

  void cancel() noexcept override {
    streambuf_transport::cancel();
    proxy_->cancel();
  }

  void begin_closing(time_point deadline) noexcept override { connection().expires_at(deadline); }

  void finish_closing(time_point deadline) noexcept override {
    connection().close_by(deadline);
    on_close_ = close_proxy();
  }

  std::error_code close() noexcept override {
    const std::error_code now = close_proxy();  // does nothing if it has been closed
    return on_close_ ? on_close_ : now;
  }

  bool lingers() const noexcept override { return true; }
  int fd() const noexcept override { return proxy_->rdbuf()->fd(); }

 private:
  engine& connection() const noexcept {
    return *detail::streambuf_access::connection(*proxy_->rdbuf());
  }

  std::error_code close_proxy() noexcept {
    try {
      proxy_->rdbuf()->close();
      return {};
    } catch (const ssl_error& e) {
      return e.code();
    } catch (const std::exception&) {
      return std::make_error_code(std::errc::not_enough_memory);
    }
  }

  const std::unique_ptr<ssl_client_stream> proxy_;
  std::error_code on_close_;
  std::size_t unsent_ = 0;  // bytes that the connection has taken and not sent yet
};

// Where the tunnel leads, as errors name it.
struct destination {
  const http_proxy& proxy;
  const std::string host;
  const std::string service;

  [[noreturn]] void fail(std::error_code why, const std::string& words) const {
    throw detail::make_error(why, "connect",
                             detail::host_and_port(host, service) + " by the proxy " +
                                 detail::host_and_port(proxy.host, proxy.service) + ": " + words);
  }
};

// Reads a line at a time, so that what follows the head stays in the buffer. The stream looks at its deadline
// only where it has to wait.
std::string read_head(ssl_client_stream& proxy, const destination& to) {
  std::string head;
  std::string line;
  while (detail::head_size(head) == 0) {
    if (steady_clock::now() >= proxy.expiry()) {
      to.fail(ssl_errc::timed_out, "the proxy has not connected in time");
    }
    if (getline(proxy, line, detail::longest_proxy_answer)) {
      head += line + "\n";
    } else if (const ssl_error* const why = proxy.last_error()) {
      throw ssl_error(*why);
    } else if (proxy.eof()) {
      to.fail(ssl_errc::truncated, "the proxy has ended the connection");
    }
    if (proxy.fail() || head.size() > detail::longest_proxy_answer) {
      to.fail(ssl_errc::protocol_error, "the proxy's answer is longer than 16 KiB");
    }
  }
  return head;
}

void ask(ssl_client_stream& proxy, const std::string& request, const destination& to) {
  proxy << request << std::flush;
  detail::await_connection(
      [&] { return read_head(proxy, to); },
      [&](std::error_code why, const std::string& words) { to.fail(why, words); });
}

}  // namespace

std::unique_ptr<transport> connect_tunnel(const http_proxy& proxy, const ssl_context& context,
                                          const std::string& host, const std::string& service,
                                          steady_clock::time_point deadline) {
  const std::string request = detail::connect_request(proxy, host, service);
  auto stream = std::make_unique<ssl_client_stream>();
  stream->expires_at(deadline);
  stream->connect(proxy.host, proxy.service, context);
  if (!*stream) throw ssl_error(*stream->last_error());
  detail::engine& connection = *detail::streambuf_access::connection(*stream->rdbuf());
  connection.close_by(deadline);  // after a failure, too, the proxy is waited for no longer
  ask(*stream, request, {proxy, host, service});
  connection.close_by((steady_clock::time_point::max)());
  return std::make_unique<tunnel_transport>(std::move(stream));
}

std::unique_ptr<transport> connect_tunnel(const http_proxy& proxy, const ssl_context& context,
                                          const std::string& host, int port,
                                          steady_clock::time_point deadline) {
  return connect_tunnel(proxy, context, host, detail::port_text(port), deadline);
}

}  // namespace iostls
