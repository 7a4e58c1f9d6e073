// SPDX-License-Identifier: Apache-2.0
// pthread_cancel(3).
#pragma once

#include <pthread.h>

#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif

namespace iostls {
namespace detail {

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

#if defined(__GLIBCXX__)
using forced_unwind = abi::__forced_unwind;
#else
struct forced_unwind {};
#endif

}  // namespace detail
}  // namespace iostls
