// SPDX-License-Identifier: Apache-2.0
// Functions that wait, many of them on one thread (Linux, Boost.Context).
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
// loop and its thread, since much of what C++, the system and OpenSSL keep is kept per thread.
class fiber_loop {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  fiber_loop();
  fiber_loop(const fiber_loop&) = delete;
  fiber_loop& operator=(const fiber_loop&) = delete;
  ~fiber_loop();

  // From any thread: has a function run on a fiber of its own. It must not throw. Where there is no
  // memory left for a fiber, the function is destroyed without having run.
  void spawn(std::function<void()> body);

  // Runs the fibers on this thread until `stop` was called and all of them have ended.
  void run();
  // From any thread.
  void stop();

  // The loop whose fiber the caller is; null if the caller is no fiber.
  static fiber_loop* current() noexcept;

  // From a fiber: lets others run until EPOLLIN or EPOLLOUT, or an error, is there to be had; at
  // the deadline, std::errc::timed_out. Only one fiber at a time may wait for a descriptor.
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
