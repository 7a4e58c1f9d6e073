// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include <iostls/tcp.hpp>

#include "openssl/error.hpp"
#include "system/descriptor_wait.hpp"
#include "system/of_each_process.hpp"
#include "system/owned_descriptor.hpp"
#include "system/socket_settings.hpp"
#include "system/sockets.hpp"
#include "system/tcp_sockets.hpp"
#include "system/wake_pipe.hpp"
#include "transport/accept_turns.hpp"
#include "transport/name_lookup.hpp"
#include "transport/socket_options.hpp"

namespace iostls {

// Distinguishes the constructor of `adopt` from the one that takes a service.
struct detail::adopted_socket {
  int fd;
};

// What the calls of accept() share.
struct detail::accept_calls {
  wake_pipe wake;
  of_each_process<accept_turns> turns;
};

namespace {

using detail::accept_failure;
using detail::make_error;
using detail::owned_descriptor;
using detail::system_code;
using std::chrono::steady_clock;

// This machine does not have the address, or not its protocol. Any other error, such as a port that
// is in use, is final: clients would not look for us at another address.
bool concerns_one_address(const std::error_code& code) {
  return code == std::errc::address_not_available ||
         code == std::errc::address_family_not_supported;
}

std::error_code listen_at(int fd, const detail::socket_address& at, const socket_options& options) {
  set_socket_options(fd, options);
  if (options.reuse_port.value_or(false)) {
    if (const std::error_code failed = detail::share_port(fd)) {
      throw make_error(failed, "reuse_port");
    }
  }
  return detail::listen_at(fd, at, options.dual_stack.value_or(true), options.backlog.value_or(0));
}

owned_descriptor listen_on_first(const std::string& host, const std::string& service,
                                 const socket_options& options) {
  detail::check_socket_options(options);
  std::vector<detail::endpoint> found = detail::look_up_own(host, service);
  // For all addresses of the machine: the IPv6 address first, which serves both protocols.
  if (host.empty()) {
    std::stable_partition(found.begin(), found.end(),
                          [](const detail::endpoint& e) { return e.address.is_ipv6(); });
  }
  std::error_code failed = system_code(EADDRNOTAVAIL);
  for (const detail::endpoint& each : found) {
    owned_descriptor fd(detail::open_socket(each));
    failed = fd.get() < 0 ? system_code(errno) : listen_at(fd.get(), each.address, options);
    if (!failed) return fd;
    if (!concerns_one_address(failed)) break;
  }
  throw make_error(failed, "listen", detail::host_and_port(host, service));
}

unsigned short port_of(int fd) { return detail::socket_address::of_local(fd).port(); }

std::unique_ptr<detail::accept_calls> new_calls() {
  auto calls = std::make_unique<detail::accept_calls>();
  if (!calls->wake.open()) throw make_error(system_code(errno), "listen");
  return calls;
}

class turn_to_give {
 public:
  explicit turn_to_give(detail::accept_turns& turns) noexcept : turns_(turns) {}
  turn_to_give(const turn_to_give&) = delete;
  turn_to_give& operator=(const turn_to_give&) = delete;
  ~turn_to_give() { turns_.give(); }

 private:
  detail::accept_turns& turns_;
};

// Accepts one client; repeats the attempt after temporary failures.
class acceptance {
 public:
  acceptance(int listener, detail::accept_calls& calls, unsigned short port,
             steady_clock::time_point deadline)
      : listener_(listener),
        wake_(calls.wake),
        turns_(calls.turns.get()),
        port_(port),
        deadline_(deadline) {}

  int run() {
    for (;;) {
      check_canceled();
      int error = 0;
      const int fd = wake_.open() ? attempt(error) : -1;
      if (fd >= 0) return fd;
      wait_out(error != 0 ? error : errno);
    }
  }

 private:
  void check_canceled() const {
    if (wake_.woken()) fail(ssl_errc::canceled);
  }

  // A client that is there already is not left to the thread that is being woken.
  int attempt(int& error) {
    const bool is_ready = turns_.is_taken() && !wait(steady_clock::time_point());
    if (is_ready) return accept(error);
    if (!turns_.take(deadline_)) fail(ssl_errc::timed_out);
    const turn_to_give turn(turns_);
    check_canceled();
    if (const auto failed = wait(deadline_)) fail(failed);
    return accept(error);
  }

  std::error_code wait(steady_clock::time_point deadline) const {
    return detail::wait_for_descriptor(listener_, transport::event::readable, deadline, wake_.fd());
  }

  int accept(int& error) const {
    const int fd = detail::accept_socket(listener_);
    if (fd < 0) error = errno;
    return fd;
  }

  void wait_out(int error) {
    const accept_failure what = detail::accept_failure_of(error);
    if (what == accept_failure::of_the_listener) fail(system_code(error));
    latest_ = error;
    // A single broken connection need not delay the next one; many in a row may be no accident.
    constexpr int patience = 16;
    if (what == accept_failure::of_the_moment || ++broken_ > patience) pause();
    if (steady_clock::now() >= deadline_) fail(ssl_errc::timed_out);
  }

  // Keeps the loop from using up a processor.
  void pause() {
    constexpr std::chrono::milliseconds interval(20);
    const auto until = std::min(deadline_, steady_clock::now() + interval);
    const auto failed = detail::wait_for_wake(until, wake_.fd());
    if (failed != ssl_errc::timed_out) fail(failed);
  }

  [[noreturn]] void fail(std::error_code why) const {
    if (why == std::errc::operation_canceled) why = ssl_errc::canceled;
    std::string text = port_ != 0 ? "port " + std::to_string(port_)
                                  : detail::socket_address::of_local(listener_).text();
    if (why == ssl_errc::timed_out && latest_ != 0 && latest_ != EAGAIN) {
      text += ": " + detail::errno_text(latest_);
    }
    throw make_error(why, "accept", text);
  }

  const int listener_;
  detail::wake_pipe& wake_;
  detail::accept_turns& turns_;
  const unsigned short port_;
  const steady_clock::time_point deadline_;
  int latest_ = 0;
  int broken_ = 0;
};

}  // namespace

tcp_listener::tcp_listener(const std::string& host, const std::string& service)
    : tcp_listener(host, service, socket_options()) {}

tcp_listener::tcp_listener(const std::string& host, const std::string& service,
                           const socket_options& options)
    : no_delay_(options.no_delay.value_or(true)), calls_(new_calls()) {
  owned_descriptor fd = listen_on_first(host, service, options);
  // Accepting must not block if the client that the wait has reported is gone.
  detail::set_blocking(fd.get(), false);
  port_ = port_of(fd.get());
  fd_ = fd.release();
}

tcp_listener::tcp_listener(const detail::adopted_socket& socket) : calls_(new_calls()) {
  if (!detail::is_listening(socket.fd)) {
    throw make_error(system_code(errno), "listen",
                     "descriptor " + std::to_string(socket.fd) + " is not a listening socket");
  }
  detail::require_stream_socket(socket.fd, "listen");
  detail::keep_from_programs(socket.fd);
  detail::set_blocking(socket.fd, false);
  port_ = port_of(socket.fd);
  fd_ = socket.fd;
}

tcp_listener tcp_listener::adopt(int fd) { return tcp_listener(detail::adopted_socket{fd}); }

tcp_listener::tcp_listener(tcp_listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      port_(std::exchange(other.port_, 0)),
      no_delay_(other.no_delay_),
      calls_(std::move(other.calls_)) {}

tcp_listener& tcp_listener::operator=(tcp_listener&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    port_ = std::exchange(other.port_, 0);
    no_delay_ = other.no_delay_;
    calls_ = std::move(other.calls_);
  }
  return *this;
}

tcp_listener::~tcp_listener() { close(); }

int tcp_listener::accept(time_point deadline) {
  if (fd_ < 0) throw make_error(ssl_errc::closed, "accept");
  const int fd = acceptance(fd_, *calls_, port_, deadline).run();
  // On some systems, an accepted socket inherits from the listener that it does not block.
  detail::set_blocking(fd, true);
  if (no_delay_) detail::send_at_once(fd);
  return fd;
}

ssl_server_stream tcp_listener::accept(const ssl_context& context, time_point deadline) {
  return accept(context, connection_options(), deadline);
}

ssl_server_stream tcp_listener::accept(const ssl_context& context,
                                       const connection_options& options, time_point deadline) {
  owned_descriptor fd(accept(deadline));
  ssl_server_stream client(fd.get(), context, options);
  fd.release();
  return client;
}

void tcp_listener::accept(ssl_server_stream& client, time_point deadline) {
  owned_descriptor fd(accept(deadline));
  client.accept(fd.get());
  fd.release();
  // A thread that cancels the listener and the stream may have done so before the stream had this
  // client.
  if (calls_->wake.woken()) client.cancel();
}

void tcp_listener::cancel() noexcept {
  const int kept = errno;  // a signal handler must not change it
  if (calls_) calls_->wake.wake();
  errno = kept;
}

void tcp_listener::close() noexcept {
  if (fd_ >= 0) detail::close_descriptor(fd_);
  fd_ = -1;
}

}  // namespace iostls
