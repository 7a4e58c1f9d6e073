// SPDX-License-Identifier: Apache-2.0
// Creating, connecting and accepting sockets. On failure, the functions return -1 or false, and set
// errno.
#pragma once

#include <system_error>

#include "system/resolver.hpp"

namespace iostls {
namespace detail {

// A new socket, or an accepted one, that child programs do not inherit.
int open_socket(const endpoint& place) noexcept;
int accept_socket(int listener) noexcept;
bool keep_from_programs(int fd) noexcept;

// Begins to connect a non-blocking socket. No error: it is connected already;
// std::errc::operation_in_progress: wait_for_connections() reports the end of the attempt, and
// outcome_of() the result. A thread that is canceled (pthread_cancel) unwinds from here.
std::error_code begin_connecting(int fd, const socket_address& to);
std::error_code outcome_of(int fd) noexcept;

// Binds a socket to an address that no one else listens at, and listens, with both protocols where the
// system allows that for one socket of IPv6, unless that is not wanted. At most `backlog` clients wait; 0: as
// many as the system allows.
std::error_code listen_at(int fd, const socket_address& at, bool both_protocols = true,
                          int backlog = 0) noexcept;
bool is_listening(int fd) noexcept;

// The meaning of a failure of accept_socket().
enum class accept_failure {
  of_connection,  // the peer gave it up before it was accepted, or the network failed
  of_the_moment,  // the system is out of some resource for a while; the client stays in the queue
  of_the_listener
};
accept_failure accept_failure_of(int number) noexcept;

// Small writes are not delayed (TCP_NODELAY).
void send_at_once(int fd) noexcept;

}  // namespace detail
}  // namespace iostls
