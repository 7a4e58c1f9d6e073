// SPDX-License-Identifier: Apache-2.0
#include <iostls/local_socket.hpp>

#include <algorithm>
#include <cerrno>
#include <string>
#include <thread>
#include <utility>

#include <iostls/ssl_error.hpp>

#include "base/escape.hpp"
#include "openssl/error.hpp"
#include "system/local_sockets.hpp"
#include "system/owned_descriptor.hpp"
#include "system/socket_address.hpp"
#include "system/sockets.hpp"

namespace iostls {

// The path at which a listener of this process has bound its socket.
class detail::bound_path {
 public:
  explicit bound_path(std::string path) : path_(std::move(path)), identity_(path_) {}
  bound_path(const bound_path&) = delete;
  bound_path& operator=(const bound_path&) = delete;
  ~bound_path() {
    if (!identity_.is_of_this_process()) return;
    const folder_lock alone(path_);
    if (identity_.is_still(path_)) remove_file(path_);
  }

 private:
  const std::string path_;
  const file_identity identity_;
};

namespace {

using detail::make_error;
using detail::owned_descriptor;
using std::chrono::steady_clock;

std::string shown(const std::string& path) { return "unix:" + detail::one_line(path); }

[[noreturn]] void fail_path(int error, const char* operation, const std::string& path,
                            const std::string& advice = {}) {
  throw make_error(detail::system_code(error), operation, shown(path), 0, advice);
}

void check_path(const char* operation, const std::string& path) {
  if (path.empty()) {
    throw make_error(ssl_errc::bad_configuration, operation, "the path of the socket is empty");
  }
  if (path.find('\0') != std::string::npos) {
    throw make_error(ssl_errc::bad_configuration, operation,
                     shown(path) + ": the path has a NUL in it");
  }
  if (path.size() <= detail::longest_local_path()) return;
  fail_path(ENAMETOOLONG, operation, path,
            "the path of a local socket has at most " +
                std::to_string(detail::longest_local_path()) +
                " characters here, and this one has " + std::to_string(path.size()) +
                "; a path relative to the working folder may be shorter");
}

void check_permissions(int permissions) {
  if (permissions >= 0 && permissions <= 0777) return;
  throw make_error(ssl_errc::bad_configuration, "listen",
                   "permissions are between 0 and 0777, in octal: 0660");
}

owned_descriptor new_socket(const char* operation, const std::string& path) {
  owned_descriptor fd(detail::open_local_socket());
  if (fd.get() < 0) fail_path(errno, operation, path);
  return fd;
}

// Whether an existing path has no listener. A server whose queue is full is a listener.
bool is_left_behind(const std::string& path) {
  if (!detail::is_socket_file(path)) return false;
  const owned_descriptor fd = new_socket("listen", path);
  return detail::connect_local_now(fd.get(), path) == ECONNREFUSED;
}

std::string why_in_use(const std::string& path) {
  if (detail::is_abstract_name(path) || detail::is_socket_file(path)) {
    return "another server is listening there";
  }
  return "the file there is not a socket, and is left alone";
}

void bind_at(int fd, const std::string& path, int permissions) {
  int error = detail::bind_local(fd, path, permissions);
  if (error == EADDRINUSE && is_left_behind(path)) {
    detail::remove_file(path);
    error = detail::bind_local(fd, path, permissions);
  }
  if (error == EADDRINUSE) fail_path(error, "listen", path, why_in_use(path));
  if (error != 0) fail_path(error, "listen", path);
}

owned_descriptor listen_at(const std::string& path, int permissions,
                           std::unique_ptr<detail::bound_path>& bound) {
  check_path("listen", path);
  check_permissions(permissions);
  const detail::folder_lock alone(path);
  owned_descriptor fd = new_socket("listen", path);
  bind_at(fd.get(), path, permissions);
  if (!detail::is_abstract_name(path)) bound = std::make_unique<detail::bound_path>(path);
  if (const int error = detail::listen_now(fd.get())) fail_path(error, "listen", path);
  return fd;
}

tcp_listener adopted(owned_descriptor fd) {
  tcp_listener listener = tcp_listener::adopt(fd.get());
  fd.release();
  return listener;
}

}  // namespace

int connect_local(const std::string& path, steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds interval(5);
  check_path("connect", path);
  owned_descriptor fd = new_socket("connect", path);
  int error = 0;
  while ((error = detail::connect_local_now(fd.get(), path)) == EAGAIN) {
    if (steady_clock::now() >= deadline) {
      throw make_error(ssl_errc::timed_out, "connect",
                       shown(path) + ": the server's queue is full");
    }
    std::this_thread::sleep_until(std::min(deadline, steady_clock::now() + interval));
  }
  if (error != 0) fail_path(error, "connect", path);
  detail::set_blocking(fd.get(), true);
  return fd.release();
}

local_listener::local_listener(const std::string& path, int permissions)
    : listener_(adopted(listen_at(path, permissions, path_))) {}

local_listener::local_listener(tcp_listener&& listener) : listener_(std::move(listener)) {}

local_listener local_listener::adopt(int fd) { return local_listener(tcp_listener::adopt(fd)); }

local_listener::local_listener(local_listener&& other) noexcept = default;

local_listener& local_listener::operator=(local_listener&& other) noexcept {
  if (this != &other) {
    close();
    listener_ = std::move(other.listener_);
    path_ = std::move(other.path_);
  }
  return *this;
}

local_listener::~local_listener() { close(); }

std::string local_listener::address() const {
  return detail::socket_address::of_local(listener_.fd()).text();
}

int local_listener::fd() const noexcept { return listener_.fd(); }

int local_listener::accept(time_point deadline) { return listener_.accept(deadline); }

ssl_server_stream local_listener::accept(const ssl_context& context, time_point deadline) {
  return listener_.accept(context, deadline);
}

ssl_server_stream local_listener::accept(const ssl_context& context,
                                         const connection_options& options, time_point deadline) {
  return listener_.accept(context, options, deadline);
}

void local_listener::accept(ssl_server_stream& client, time_point deadline) {
  listener_.accept(client, deadline);
}

void local_listener::cancel() noexcept { listener_.cancel(); }

// The path is removed first: a client that finds no path knows that there is no server, and does
// not wait for a silent one.
void local_listener::close() noexcept {
  path_.reset();
  listener_.close();
}

}  // namespace iostls
