// SPDX-License-Identifier: Apache-2.0
// Threads that pthread_cancel(3) ends.
//
// In glibc such a thread unwinds from the system call that it waits in, by an exception that must not be
// swallowed and that ends the process where it meets `noexcept`. So what waits is not `noexcept`, and
// everything else that makes a system call keeps cancellation off: OpenSSL's C code, destructors,
// callbacks.
#pragma once

#include <exception>

#include <pthread.h>

#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif

namespace iostls {
namespace detail {

// Turns cancellation of this thread off, and on again if it was.
class cancellation_switch {
 public:
#if defined(__ANDROID__)
  void begin() noexcept {}
  void end() noexcept {}
#else
  void begin() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  void end() noexcept { pthread_setcancelstate(before_, nullptr); }

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
#endif
};

// While it lives, its thread is not canceled.
class no_cancellation {
 public:
  no_cancellation() noexcept { switch_.begin(); }
  no_cancellation(const no_cancellation&) = delete;
  no_cancellation& operator=(const no_cancellation&) = delete;
  ~no_cancellation() { switch_.end(); }

 private:
  cancellation_switch switch_;
};

// What unwinds a canceled thread where `catch (...)` would catch it: to be thrown on.
#if defined(__GLIBCXX__)
using forced_unwind = abi::__forced_unwind;
#else
struct forced_unwind {};
#endif

}  // namespace detail
}  // namespace iostls
