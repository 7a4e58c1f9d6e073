// SPDX-License-Identifier: Apache-2.0
// The one place that waits for descriptors.
#pragma once

#include <chrono>
#include <cstddef>
#include <system_error>
#include <vector>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// Each of these waits until the deadline, then: ssl_errc::timed_out; time_point::max() means none. If
// the descriptor `wake` becomes readable, that of a wake_pipe: std::errc::operation_canceled; -1 means
// none. Signals do not show. A thread that is canceled (pthread_cancel) unwinds from here.

// For the event, or an error or the end of the connection.
std::error_code wait_for_descriptor(int fd, transport::event what,
                                    std::chrono::steady_clock::time_point deadline, int wake = -1);

// For the input of one or the other of two; `is_first` then has whether it is that of the first.
std::error_code wait_for_input(int fd, int other, bool& is_first,
                               std::chrono::steady_clock::time_point deadline, int wake);

// For nothing else.
std::error_code wait_for_wake(std::chrono::steady_clock::time_point deadline, int wake);

// Until one or more of several sockets that are being connected have come to an end of that, good or
// bad; `ended` then has a true for each of them. Throws std::bad_alloc.
std::error_code wait_for_connections(const std::vector<int>& fds, std::vector<bool>& ended,
                                     std::chrono::steady_clock::time_point deadline, int wake);

}  // namespace detail
}  // namespace iostls
