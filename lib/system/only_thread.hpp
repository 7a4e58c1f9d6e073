// SPDX-License-Identifier: Apache-2.0
// Whether the process has other threads.
#pragma once

#ifdef IOSTLS_HAS_SINGLE_THREADED
#include <sys/single_threaded.h>
#endif

namespace iostls {
namespace detail {

// True if the C library knows that no other thread exists: none can begin while the caller waits then.
// Otherwise false, also where the system cannot tell.
inline bool is_only_thread() noexcept {
#ifdef IOSTLS_HAS_SINGLE_THREADED
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

}  // namespace detail
}  // namespace iostls
