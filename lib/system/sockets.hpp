// SPDX-License-Identifier: Apache-2.0
// Connected descriptors: moving bytes without waiting and without signals, and what else a
// transport needs. Only functions that wait let their thread be canceled (pthread_cancel):
// otherwise it would be unknown how many bytes were moved, or a descriptor would be lost. On
// failure they return -1 or false, and set errno, with the numbers of error_number.hpp.
#pragma once

#include <chrono>
#include <cstddef>

#include <iostls/transport.hpp>

#include "base/deadline.hpp"

namespace iostls {
namespace detail {

// Receive and send without ever waiting, whatever the descriptor's flags, and never raise SIGPIPE.
// They repeat a call that a signal interrupted.
std::ptrdiff_t receive_now(int fd, void* data, std::size_t size) noexcept;
std::ptrdiff_t send_now(int fd, const void* data, std::size_t size) noexcept;
// The same, but a blocking descriptor waits, as long as its own limit allows. A signal may end the
// call: EINTR.
std::ptrdiff_t receive_waiting(int fd, void* data, std::size_t size);
std::ptrdiff_t send_waiting(int fd, const void* data, std::size_t size);

// Read and write for descriptors that are not sockets, with the same guarantees.
std::ptrdiff_t read_now(int fd, void* data, std::size_t size) noexcept;
std::ptrdiff_t write_now(int fd, const void* data, std::size_t size) noexcept;

// Whether there is something to read now, or the end.
bool is_readable(int fd) noexcept;

bool close_descriptor(int fd) noexcept;

// Whether the peer's system has acknowledged all that was sent; false if that is unknown.
bool is_all_acknowledged(int fd) noexcept;
// Whether it is known that some output is not acknowledged.
bool is_some_unacknowledged(int fd) noexcept;

// Whether the descriptor is open and a socket, or anything else that a transport may use.
bool names_socket(int fd) noexcept;

// False for a socket of messages (SOCK_DGRAM, SOCK_SEQPACKET): reading a part of one loses its rest.
bool is_stream_socket(int fd) noexcept;
bool names_pipe(int fd) noexcept;

// Settings that the system needs before a socket is used without waits, and that are undone
// afterwards.
void prepare_socket(int fd) noexcept;
void hand_back_socket(int fd) noexcept;

// Ends the output, or both directions.
void shut_down_output(int fd) noexcept;
void shut_down(int fd) noexcept;
// Whether the latter ends another thread's wait for the socket.
bool shutting_down_wakes() noexcept;

// The program's limits for each wait for a socket (SO_RCVTIMEO, SO_SNDTIMEO); both 0 if it has set
// none. Not in microseconds alone, in which the longest limits would overflow.
struct wait_limit {
  std::chrono::seconds seconds{0};
  std::chrono::microseconds rest{0};

  bool is_none() const noexcept { return seconds.count() == 0 && rest.count() == 0; }
  // When a wait is over that has begun then.
  transport::time_point end(transport::time_point began) const noexcept {
    const std::chrono::seconds more(1);  // instead of the rest, for which there may be no room
    const auto passed = std::chrono::steady_clock::now() - began;
    return deadline_after(seconds + more) - more - passed + rest;
  }
};
bool get_wait_limit(int fd, transport::event what, wait_limit& limit) noexcept;

// Whether operations are known to block.
bool is_blocking(int fd) noexcept;
bool set_blocking(int fd, bool blocks) noexcept;

}  // namespace detail
}  // namespace iostls
