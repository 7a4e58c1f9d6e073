// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace iostls {
namespace detail {

// connect_tcp(), but cancelable: when the descriptor `wake` becomes readable, it throws `canceled`.
// -1: not cancelable.
int connect_tcp(const std::string& host, const std::string& service,
                std::chrono::steady_clock::time_point deadline, int wake);

}  // namespace detail
}  // namespace iostls
