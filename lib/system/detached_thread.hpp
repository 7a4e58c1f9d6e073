// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace iostls {
namespace detail {

// Does the work, which must not throw, on a new thread that nobody waits for. The thread handles no
// signals of the process, since the program does not know it. False if the system has no more
// threads.
bool start_detached(std::function<void()> work);

}  // namespace detail
}  // namespace iostls
