// SPDX-License-Identifier: Apache-2.0
#include "system/detached_thread.hpp"

#include <system_error>
#include <thread>
#include <utility>

namespace iostls {
namespace detail {

// Windows runs a handler of Ctrl-C on a thread of its own anyway.
bool start_detached(std::function<void()> work) {
  try {
    std::thread(std::move(work)).detach();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace detail
}  // namespace iostls
