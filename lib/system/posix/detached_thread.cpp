// SPDX-License-Identifier: Apache-2.0
#include "system/detached_thread.hpp"

#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

namespace iostls {
namespace detail {
namespace {

// What a thread inherits.
class signals_blocked {
 public:
  signals_blocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

bool start_detached(std::function<void()> work) {
  const signals_blocked blocked;
  try {
    std::thread(std::move(work)).detach();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace detail
}  // namespace iostls
