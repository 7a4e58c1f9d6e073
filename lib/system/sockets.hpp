// SPDX-License-Identifier: Apache-2.0
// What POSIX systems do differently about sockets: sending without SIGPIPE, transfers that do not
// wait, descriptors that are closed on exec. All choices between them are made in sockets.cpp.
// Only what waits lets its thread be canceled (pthread_cancel): else it would be unknown how many bytes
// were moved, or a descriptor would be lost.
#pragma once

#include <cstddef>

#include <sys/socket.h>
#include <sys/types.h>

namespace iostls {
namespace detail {

// recv(2) and send(2) that never wait, whatever the descriptor's flags, and never raise SIGPIPE.
// They repeat a call that a signal interrupted.
ssize_t receive_now(int fd, void* data, std::size_t size) noexcept;
ssize_t send_now(int fd, const void* data, std::size_t size) noexcept;
// The same, but where the descriptor blocks, it waits, as long as SO_SNDTIMEO lets it. A signal may
// end the call: EINTR.
ssize_t send_waiting(int fd, const void* data, std::size_t size);

// read(2) and write(2) for descriptors that are no sockets, with the same promises. A blocking pipe
// is written in pieces that fit, since readiness promises no more than PIPE_BUF.
ssize_t read_now(int fd, void* data, std::size_t size) noexcept;
ssize_t write_now(int fd, const void* data, std::size_t size) noexcept;

// Whether read(2) would return at once.
bool is_readable(int fd) noexcept;

// close(2); false and errno as usual.
bool close_descriptor(int fd) noexcept;

// Whether the peer's system has acknowledged all that was sent; false if that is unknown.
bool is_all_acknowledged(int fd) noexcept;
// Whether it is known to have not.
bool is_some_unacknowledged(int fd) noexcept;

// A new socket, or an accepted one, that is closed on exec; -1 and errno as usual.
int open_socket(int family, int type, int protocol) noexcept;
int accept_socket(int listener) noexcept;

// A pipe that is closed on exec and does not block; false and errno as usual.
bool open_pipe(int (&ends)[2]) noexcept;

// Keeps SIGPIPE away from a socket on systems where that is a property of the socket.
void prepare_socket(int fd) noexcept;

}  // namespace detail
}  // namespace iostls
