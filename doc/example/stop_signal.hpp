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
  explicit stop_signal(std::function<void()> stop)
      : signals_(block()), stop_(std::move(stop)), thread_([this] { wait(); }) {}
  stop_signal(const stop_signal&) = delete;
  stop_signal& operator=(const stop_signal&) = delete;
  ~stop_signal() {
    ending_ = true;
    ::pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }

 private:
  static sigset_t block() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
  }

  void wait() {
    int number = 0;
    ::sigwait(&signals_, &number);
    if (!ending_) stop_();
  }

  const sigset_t signals_;
  const std::function<void()> stop_;
  std::atomic<bool> ending_{false};
  std::thread thread_;  // the last member, as it uses the others
};

}  // namespace example
