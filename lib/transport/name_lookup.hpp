// SPDX-License-Identifier: Apache-2.0
// Names of hosts and services become addresses.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <netdb.h>

namespace iostls {
namespace detail {

using address_list = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

// The addresses to connect to. Throws `timed_out` at the deadline, and `canceled` when the descriptor
// `wake` becomes readable (-1: none), however long the name servers are silent: a look-up that is not
// waited for any more ends by itself, on a thread of its own that touches nothing of the caller's.
address_list look_up(const std::string& host, const std::string& service,
                     std::chrono::steady_clock::time_point deadline, int wake);

// The addresses to listen on; an empty host means all of them. The resolver's own limits hold.
address_list look_up_own(const std::string& host, const std::string& service);

}  // namespace detail
}  // namespace iostls
