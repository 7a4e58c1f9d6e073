// SPDX-License-Identifier: Apache-2.0
// The one place that waits for a descriptor.
#pragma once

#include <chrono>
#include <cstddef>
#include <system_error>
#include <vector>

#include <poll.h>

namespace iostls {
namespace detail {

// Waits with poll(2) until one of `events` is there, or an error or hang-up. At the deadline:
// ssl_errc::timed_out; time_point::max() means none. If the descriptor `wake` becomes readable:
// std::errc::operation_canceled; -1 means none. Signals do not show. A thread that is canceled
// (pthread_cancel) unwinds from here.
std::error_code wait_for_descriptor(int fd, short events,
                                    std::chrono::steady_clock::time_point deadline, int wake = -1);

// The same for all that are given, of which the last is `wake`; `revents` then says what is there.
std::error_code wait_for_any(pollfd* polled, std::size_t count,
                             std::chrono::steady_clock::time_point deadline);

// The same for one or more of several; `revents` then says what is there. Throws std::bad_alloc.
std::error_code wait_for_descriptors(std::vector<pollfd>& polled,
                                     std::chrono::steady_clock::time_point deadline, int wake);

}  // namespace detail
}  // namespace iostls
