// SPDX-License-Identifier: Apache-2.0
// Threads that are ended from outside, as by pthread_cancel(3), where the system can do that.
//
// Such a thread may unwind from the system call that it waits in, by an exception that must not be
// swallowed and that ends the process where it meets `noexcept`. So what waits is not `noexcept`, and
// everything else that makes a system call keeps cancellation off: OpenSSL's C code, destructors,
// callbacks.
//
// For each system there are:
//   cancellation_switch   begin() turns cancellation of this thread off, end() on again if it was on
//   forced_unwind         what unwinds a canceled thread where `catch (...)` would catch it: to be thrown on
#pragma once

#ifdef _WIN32
#include "system/windows/thread_cancellation.hpp"
#else
#include "system/posix/thread_cancellation.hpp"
#endif

namespace iostls {
namespace detail {

// While it exists, its thread is not canceled.
class no_cancellation {
 public:
  no_cancellation() noexcept { switch_.begin(); }
  no_cancellation(const no_cancellation&) = delete;
  no_cancellation& operator=(const no_cancellation&) = delete;
  ~no_cancellation() { switch_.end(); }

 private:
  cancellation_switch switch_;
};

}  // namespace detail
}  // namespace iostls
