// SPDX-License-Identifier: Apache-2.0
// A thread that pthread_cancel(3) ends.
#pragma once

#include <functional>
#include <utility>

#include <gtest/gtest.h>
#include <pthread.h>

#include "event.hpp"

namespace iostls {
namespace test {

// Runs a function in a thread that may be canceled. std::thread would end the process then.
class canceled_thread {
 public:
  explicit canceled_thread(std::function<void()> body) : body_(std::move(body)) {
    EXPECT_EQ(pthread_create(&thread_, nullptr, &run, this), 0);
  }
  canceled_thread(const canceled_thread&) = delete;
  canceled_thread& operator=(const canceled_thread&) = delete;
  ~canceled_thread() { join(); }

  void cancel() { EXPECT_EQ(pthread_cancel(thread_), 0); }

  // Whether it was canceled, rather than coming to its end, and all that it left was destroyed.
  bool has_unwound() {
    join();
    return result_ == PTHREAD_CANCELED && left_;
  }

 private:
  struct witness {
    bool& left;
    ~witness() { left = true; }
  };

  static void* run(void* self) {
    auto& thread = *static_cast<canceled_thread*>(self);
    const witness w{thread.left_};
    thread.body_();
    return nullptr;
  }

  void join() {
    if (std::exchange(joined_, true)) return;
    EXPECT_EQ(pthread_join(thread_, &result_), 0);
  }

  std::function<void()> body_;
  pthread_t thread_{};
  void* result_ = nullptr;
  bool left_ = false;
  bool joined_ = false;
};

// Runs it in a thread that is canceled already, so that it unwinds at the first place where it may.
// Whether it did so.
inline bool unwinds(const std::function<void()>& body) {
  return canceled_thread([&] {
           pthread_cancel(pthread_self());
           body();
         })
      .has_unwound();
}

}  // namespace test
}  // namespace iostls
