// SPDX-License-Identifier: Apache-2.0
#include "system/wake_pipe.hpp"

#include <unistd.h>

#include "system/cancellation.hpp"
#include "system/sockets.hpp"

namespace iostls {
namespace detail {

bool wake_pipe::open() noexcept { return open_pipe(ends_); }

void wake_pipe::wake() const noexcept {
  const no_cancellation uncanceled;
  const char c = 0;
  // Full means woken already.
  static_cast<void>(!::write(ends_[1], &c, 1));
}

bool wake_pipe::woken() const noexcept { return is_readable(ends_[0]); }

void wake_pipe::close() noexcept {
  for (int& end : ends_) {
    if (end >= 0) close_descriptor(end);
    end = -1;
  }
}

}  // namespace detail
}  // namespace iostls
