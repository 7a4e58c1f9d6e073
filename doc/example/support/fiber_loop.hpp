// SPDX-License-Identifier: Apache-2.0
// Runs many functions that wait on one thread (Linux, Boost.Context).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <system_error>
#include <vector>

#include <boost/context/fiber.hpp>

namespace example {

// Runs functions on fibers: while one waits for a descriptor, others run. A fiber stays with its
// loop and its thread, since much state of C++, the system and OpenSSL is per thread.
class fiber_loop {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  fiber_loop();
  fiber_loop(const fiber_loop&) = delete;
  fiber_loop& operator=(const fiber_loop&) = delete;
  ~fiber_loop();

  // From any thread: runs a function on a new fiber. It must not throw. If there is no memory for a
  // fiber, the function is destroyed without having run.
  void spawn(std::function<void()> body);

  // Runs the fibers on this thread until `stop` was called and all of them have ended.
  void run();
  // From any thread.
  void stop();

  // The loop of the calling fiber; null outside of fibers.
  static fiber_loop* current() noexcept;

  // From a fiber: lets others run until EPOLLIN, EPOLLOUT or an error can be had; at the deadline,
  // returns std::errc::timed_out. Only one fiber at a time may wait for a descriptor.
  std::error_code wait(int fd, std::uint32_t events, time_point deadline) noexcept;

 private:
  struct waiter;

  void start_spawned();
  void start(std::function<void()> body);
  void resume(boost::context::fiber fiber);
  void wake() noexcept;
  int milliseconds_to_first_deadline() const;
  void resume_ready();
  void resume_expired();

  int epoll_ = -1;
  int event_ = -1;  // wakes the thread that runs the loop

  std::mutex lock_;  // for these two
  std::vector<std::function<void()>> spawned_;
  bool stopping_ = false;

  std::size_t fibers_ = 0;
  boost::context::fiber loop_;  // what a fiber switches to when it waits
  waiter* waiting_ = nullptr;   // the fiber that has just switched
  std::multimap<time_point, waiter*> deadlines_;
};

}  // namespace example
