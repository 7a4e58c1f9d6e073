// SPDX-License-Identifier: Apache-2.0
#include "system/wake_pipe.hpp"

#include <cerrno>
#include <memory>
#include <new>

namespace iostls {
namespace detail {

bool wake_pipe::open() noexcept {
  of_process* const now = current_.load();
  if (now != nullptr) return now->opener.is_this_process() || open_in_fork(now);
  if (!first_.ends.open()) return false;
  first_.opener = process_mark();
  current_.store(&first_);
  return true;
}

// The descriptors of the parent are of no use here, and would be one more in each generation.
bool wake_pipe::open_in_fork(of_process* parents) noexcept {
  std::unique_ptr<of_process> fresh(new (std::nothrow) of_process);
  if (!fresh) {
    errno = ENOMEM;
    return false;
  }
  if (!fresh->ends.open()) return false;
  fresh->before = parents;
  if (current_.compare_exchange_strong(parents, fresh.get())) {
    fresh.release()->before->ends.close();
  }
  // The call of `wake` may have been before there was a descriptor.
  if (woken()) wake();
  return true;
}

void wake_pipe::wake() noexcept {
  woken_.store(true);
  const of_process* const now = current_.load();
  if (now != nullptr && now->opener.is_this_process()) now->ends.wake();
}

void wake_pipe::close() noexcept {
  of_process* each = current_.exchange(nullptr);
  while (each != nullptr) {
    of_process* const before = each->before;
    each->ends.close();
    if (each != &first_) delete each;
    each = before;
  }
}

int wake_pipe::fd() const noexcept {
  const of_process* const now = current_.load();
  return now != nullptr && now->opener.is_this_process() ? now->ends.fd() : -1;
}

}  // namespace detail
}  // namespace iostls
