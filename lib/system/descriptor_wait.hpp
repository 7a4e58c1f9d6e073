// SPDX-License-Identifier: Apache-2.0
// The functions that wait for descriptors, except for `receive_waiting` and `send_waiting` in sockets.hpp,
// which wait and move bytes in one call.
#pragma once

#include <chrono>
#include <cstddef>
#include <system_error>
#include <vector>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// Each of these waits until the deadline, and then returns ssl_errc::timed_out; time_point::max()
// means no deadline. If the descriptor `wake`, that of a wake_pipe or of wake_ends, becomes readable, they return
// std::errc::operation_canceled; -1 means none. Signals do not interrupt them. A thread that is
// canceled (pthread_cancel) unwinds from here.

// Waits for the event, or an error or the end of the connection.
std::error_code wait_for_descriptor(int fd, transport::event what,
                                    std::chrono::steady_clock::time_point deadline, int wake = -1);

// Waits for input, for at most `limit`, and less if a signal arrives: `timed_out` then. Reads no clock if
// there is no deadline.
std::error_code wait_briefly_for_input(int fd, std::chrono::milliseconds limit,
                                       std::chrono::steady_clock::time_point deadline,
                                       int wake = -1);

// Waits for input of one of two descriptors; `is_first` is then true for that of the first.
std::error_code wait_for_input(int fd, int other, bool& is_first,
                               std::chrono::steady_clock::time_point deadline, int wake);

// Waits for nothing else.
std::error_code wait_for_wake(std::chrono::steady_clock::time_point deadline, int wake);

// Waits until one or more connection attempts have ended, successfully or not; `ended` then has
// true for each of them. Throws std::bad_alloc.
std::error_code wait_for_connections(const std::vector<int>& fds, std::vector<bool>& ended,
                                     std::chrono::steady_clock::time_point deadline, int wake);

}  // namespace detail
}  // namespace iostls
