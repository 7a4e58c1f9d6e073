// SPDX-License-Identifier: Apache-2.0
// Connected descriptors: bytes that come and go without a wait and without a signal, and what a
// transport has to know and do besides.
// Only what waits lets its thread be canceled (pthread_cancel): else it would be unknown how many bytes
// were moved, or a descriptor would be lost.
// What fails returns -1 or false, and errno says why, with the numbers of error_number.hpp.
#pragma once

#include <chrono>
#include <cstddef>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// Receive and send without ever waiting, whatever the descriptor's flags, and never raise SIGPIPE.
// They repeat a call that a signal interrupted.
std::ptrdiff_t receive_now(int fd, void* data, std::size_t size) noexcept;
std::ptrdiff_t send_now(int fd, const void* data, std::size_t size) noexcept;
// The same, but where the descriptor blocks, it waits, as long as the descriptor's own limit lets it. A
// signal may end the call: EINTR.
std::ptrdiff_t send_waiting(int fd, const void* data, std::size_t size);

// Read and write for descriptors that are no sockets, with the same promises.
std::ptrdiff_t read_now(int fd, void* data, std::size_t size) noexcept;
std::ptrdiff_t write_now(int fd, const void* data, std::size_t size) noexcept;

// Whether there is something to read now, or the end.
bool is_readable(int fd) noexcept;

bool close_descriptor(int fd) noexcept;

// Whether the peer's system has acknowledged all that was sent; false if that is unknown.
bool is_all_acknowledged(int fd) noexcept;
// Whether it is known to have not.
bool is_some_unacknowledged(int fd) noexcept;

// Whether the descriptor is open and a socket, or anything else that a transport may use.
bool names_socket(int fd) noexcept;
bool names_pipe(int fd) noexcept;

// What the system wants to have set before a socket is used without waits, and what is set back when it
// is no longer used like that.
void prepare_socket(int fd) noexcept;
void hand_back_socket(int fd) noexcept;

// Ends the output, or both directions.
void shut_down_output(int fd) noexcept;
void shut_down(int fd) noexcept;
// Whether the latter ends a wait for the socket in another thread.
bool shutting_down_wakes() noexcept;

// How long the program lets each wait for a socket be (SO_RCVTIMEO, SO_SNDTIMEO); both 0 if it has not
// said. In microseconds alone, the longest limits would be more than a number holds.
struct wait_limit {
  std::chrono::seconds seconds{0};
  std::chrono::microseconds rest{0};
};
bool get_wait_limit(int fd, transport::event what, wait_limit& limit) noexcept;

// Whether operations are known to wait by themselves.
bool is_blocking(int fd) noexcept;
bool set_blocking(int fd, bool blocks) noexcept;

}  // namespace detail
}  // namespace iostls
