// SPDX-License-Identifier: Apache-2.0
// Turns names of hosts and services into addresses.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "system/resolver.hpp"

namespace iostls {
namespace detail {

// The addresses to connect to. Throws `timed_out` at the deadline, and `canceled` when the
// descriptor `wake` becomes readable (-1: none), however long the name servers are silent. A
// look-up that nobody waits for any more ends by itself, on its own thread, which touches nothing
// that belongs to the caller; those who ask for the same meanwhile wait for it, too. Where the system has no
// thread for it, the caller looks up, and waits as long as the name servers need.
std::vector<endpoint> look_up(const std::string& host, const std::string& service,
                              std::chrono::steady_clock::time_point deadline, int wake);

// The addresses to listen on; an empty host means all addresses. Only the resolver's own time
// limits apply.
std::vector<endpoint> look_up_own(const std::string& host, const std::string& service);

}  // namespace detail
}  // namespace iostls
