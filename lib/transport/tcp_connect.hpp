// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include <iostls/socket_options.hpp>

namespace iostls {
namespace detail {

// connect_tcp(), but cancelable: when the descriptor `wake` becomes readable, it throws `canceled`.
// -1: not cancelable.
int connect_tcp(const std::string& host, const std::string& service,
                std::chrono::steady_clock::time_point deadline, int wake,
                const socket_options& options = {});

}  // namespace detail
}  // namespace iostls
