// SPDX-License-Identifier: Apache-2.0
#include "transport/socket_options.hpp"

#include <cerrno>
#include <string>

#include <iostls/ssl_error.hpp>

#include "base/escape.hpp"
#include "openssl/error.hpp"
#include "system/ip_bytes.hpp"
#include "system/socket_settings.hpp"
#include "system/sockets.hpp"

namespace iostls {
namespace detail {
namespace {

void require_at_least(const char* option, long long least, long long value) {
  if (value >= least) return;
  throw make_error(ssl_errc::bad_configuration, option,
                   std::to_string(value) + " is less than " + std::to_string(least));
}

template <class T>
void check_duration(const char* option, const setting<T>& value, long long least) {
  if (value.has_value()) require_at_least(option, least, value.value().count());
}

void check_number(const char* option, const setting<int>& value, long long least) {
  if (value.has_value()) require_at_least(option, least, value.value());
}

}  // namespace

void check_socket_options(const socket_options& options) {
  check_duration("keep_alive_idle", options.keep_alive_idle, 1);
  check_duration("keep_alive_interval", options.keep_alive_interval, 1);
  check_number("keep_alive_count", options.keep_alive_count, 1);
  check_duration("user_timeout", options.user_timeout, 0);
  check_number("send_buffer", options.send_buffer, 1);
  check_number("receive_buffer", options.receive_buffer, 1);
  check_number("backlog", options.backlog, 1);
  if (!options.local_address.has_value()) return;
  const std::string& address = options.local_address.value();
  if (ip_bytes(address).size != 0) return;
  throw make_error(ssl_errc::bad_configuration, "local_address",
                   "\"" + excerpt(address) + "\" is not an address of IPv4 or IPv6");
}

void require_stream_socket(int fd, const char* operation) {
  if (is_stream_socket(fd)) return;
  throw make_error(system_code(EPROTOTYPE), operation,
                   "descriptor " + std::to_string(fd) +
                       " is a datagram or seqpacket socket; TLS needs one of the type SOCK_STREAM");
}

}  // namespace detail

void set_socket_options(int fd, const socket_options& options) {
  detail::check_socket_options(options);
  const detail::setting_failure failed = detail::apply_settings(fd, options);
  if (failed.option != nullptr) {
    throw detail::make_error(failed.why, failed.option, "descriptor " + std::to_string(fd));
  }
}

std::vector<int> inherited_sockets() { return detail::handed_over_descriptors(); }

}  // namespace iostls
