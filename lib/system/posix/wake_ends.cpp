// SPDX-License-Identifier: Apache-2.0
#include "system/wake_ends.hpp"

#include <cstdint>

#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

#include "system/sockets.hpp"
#include "system/thread_cancellation.hpp"

// The build defines IOSTLS_HAS_CLOEXEC where pipe2 exists.

namespace iostls {
namespace detail {

#if defined(__linux__)

// One descriptor that is both ends.
bool wake_ends::open() noexcept {
  ends_[0] = ends_[1] = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return ends_[0] >= 0;
}

#elif defined(IOSTLS_HAS_CLOEXEC)

bool wake_ends::open() noexcept { return ::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) == 0; }

#else

bool wake_ends::open() noexcept {
  if (::pipe(ends_) != 0) return false;
  for (const int fd : ends_) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  return true;
}

#endif

void wake_ends::wake() const noexcept {
  const no_cancellation uncanceled;
  const std::uint64_t one = 1;  // as much as an eventfd takes
  // Full means woken already.
  static_cast<void>(!::write(ends_[1], &one, sizeof one));
}

void wake_ends::close() noexcept {
  if (ends_[1] >= 0 && ends_[1] != ends_[0]) close_descriptor(ends_[1]);
  if (ends_[0] >= 0) close_descriptor(ends_[0]);
  ends_[0] = ends_[1] = -1;
}

}  // namespace detail
}  // namespace iostls
