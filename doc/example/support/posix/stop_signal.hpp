// SPDX-License-Identifier: Apache-2.0
// Ends a server in order on SIGINT and SIGTERM.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>
#include <utility>

#include <pthread.h>

namespace example {

// Calls a function when one of the signals arrives: on its own thread, where more is allowed than
// in a signal handler. Create it before the threads that serve, so that they leave the signals to
// this one.
class stop_signal {
 public:
  // Without `reload`, SIGHUP does what it does otherwise.
  explicit stop_signal(std::function<void()> stop, std::function<void()> reload = {})
      : stop_(std::move(stop)),
        reload_(std::move(reload)),
        signals_(block(reload_ != nullptr)),
        thread_([this] { wait(); }) {}
  stop_signal(const stop_signal&) = delete;
  stop_signal& operator=(const stop_signal&) = delete;
  ~stop_signal() {
    ending_ = true;
    ::pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }

 private:
  static sigset_t block(bool with_reload) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (with_reload) sigaddset(&signals, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
  }

  void wait() {
    int number = 0;
    while (::sigwait(&signals_, &number) == 0 && number == SIGHUP) reload_();
    if (!ending_) stop_();
  }

  const std::function<void()> stop_, reload_;
  const sigset_t signals_;
  std::atomic<bool> ending_{false};
  std::thread thread_;  // the last member, as it uses the others
};

}  // namespace example
