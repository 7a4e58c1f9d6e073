// SPDX-License-Identifier: Apache-2.0
// Something that runs beside the test.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace iostls {
namespace test {

// Runs a function in a thread of its own, and joins it at the latest when the object goes. What the
// function throws fails the test. std::async would do, but its shared state is opaque to
// ThreadSanitizer.
class task {
 public:
  explicit task(std::function<void()> f) : thread_([this, f = std::move(f)] { run(f); }) {}
  task(const task&) = delete;
  task& operator=(const task&) = delete;
  ~task() { join(); }

  void join() {
    if (!thread_.joinable()) return;
    thread_.join();
    if (!failure_.empty()) ADD_FAILURE() << "a task threw: " << failure_;
  }

 private:
  void run(const std::function<void()>& f) noexcept {
    try {
      f();
    } catch (const std::exception& e) {
      failure_ = std::string("exception: ") + e.what();
    } catch (...) {
      failure_ = "something that is no std::exception";
    }
  }

  std::string failure_;
  std::thread thread_;
};

}  // namespace test
}  // namespace iostls
