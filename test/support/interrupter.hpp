// SPDX-License-Identifier: Apache-2.0
// Signals that interrupt what a thread waits for.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include <pthread.h>

namespace iostls {
namespace test {

// Since the last interrupter was made.
inline std::atomic<int> interruptions{0};

// While it lives, SIGUSR1 interrupts the thread that made it, again and again, without SA_RESTART.
class interrupter {
 public:
  interrupter() : victim_(pthread_self()) {
    struct sigaction handler = {};
    handler.sa_handler = [](int) { ++interruptions; };
    sigaction(SIGUSR1, &handler, &before_);
    interruptions = 0;
    thread_ = std::thread([this] {
      while (!done_) {
        pthread_kill(victim_, SIGUSR1);
        std::this_thread::sleep_for(std::chrono::microseconds(300));
      }
    });
  }
  interrupter(const interrupter&) = delete;
  interrupter& operator=(const interrupter&) = delete;
  ~interrupter() {
    done_ = true;
    thread_.join();
    sigaction(SIGUSR1, &before_, nullptr);
  }

 private:
  const pthread_t victim_;
  struct sigaction before_ = {};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace test
}  // namespace iostls
