// SPDX-License-Identifier: Apache-2.0
// Output of a stream buffer that is not encrypted yet, and the thread that has written it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>

#include "base/short_copy.hpp"
#include "system/thread_token.hpp"

namespace iostls {
namespace detail {

// Holds characters of one thread at a time. Threads that write lock among themselves, as on any
// stream. A thread that reads does not take part in that, but must send its own request before it
// waits for the answer. So the area has an owner: the thread that wrote last. Only the owner uses
// the area. To become the owner, a thread needs the mutex, and a thread that reads holds the mutex
// while it takes its own characters out. The owner itself needs no mutex to write. In a process
// that has inherited the connection by fork(2), the mutex may stay locked for ever, and must not be
// used.
//
// std::streambuf's own put pointers stay null: sputc() would move them without checking for the
// owner.
class put_area {
 public:
  // The memory begins with this size, which malloc(3) has readily available, and grows if that is
  // too little: most messages are small.
  static constexpr std::size_t small_size = 1008;

  bool is_mine() const noexcept {
    return owner_.load(std::memory_order_relaxed) == this_thread_token();
  }

  // For a thread that writes: makes it the owner, and returns the previous owner; 0 if there was
  // none, or if it was this thread.
  thread_token claim() {
    const std::lock_guard<std::mutex> l(claiming_);
    const thread_token before = owner_.exchange(this_thread_token(), std::memory_order_relaxed);
    if (before != anybodys) return before;
    return handed_over_by_ == this_thread_token() ? 0 : handed_over_by_;
  }

  // If no other thread uses the buffer, for example because it is moved: its next user becomes the
  // owner, even if that only reads.
  void hand_over() noexcept {
    const thread_token before = owner_.load(std::memory_order_relaxed);
    if (before == 0 || before == anybodys) return;
    handed_over_by_ = before;
    owner_.store(anybodys, std::memory_order_relaxed);
  }

  // For a thread that reads: becomes the owner of what was handed over.
  void pick_up() {
    if (owner_.load(std::memory_order_relaxed) != anybodys) return;
    const std::lock_guard<std::mutex> l(claiming_);
    thread_token expected = anybodys;
    owner_.compare_exchange_strong(expected, this_thread_token(), std::memory_order_relaxed);
  }

  // Whether a thread that reads is, or may become, the owner.
  bool may_be_mine() const noexcept {
    return is_mine() || owner_.load(std::memory_order_relaxed) == anybodys;
  }

  // For a thread that reads: no other thread becomes the owner during `use`, which must not wait
  // for the network. Does nothing if another thread is the owner.
  template <class Use>
  void if_mine(Use use) {
    if (!is_mine()) return;
    const std::lock_guard<std::mutex> l(claiming_);
    if (is_mine()) use();
  }

  // Whether this thread is the owner and has nothing there. False also means that it is not known without
  // the mutex.
  bool is_mine_and_released() const noexcept {
    return is_mine() && !has_memory_.load(std::memory_order_relaxed);
  }

  // False if another thread is the owner, or if there is not enough room: only the owner may know.
  bool fits(std::size_t size) const noexcept { return is_mine() && size <= room(); }
  // The same; if true, the character is held.
  bool add(char c) noexcept {
    if (!is_mine() || room() == 0) return false;
    *next_++ = c;
    return true;
  }

  // The following members are for the owner.
  bool empty() const noexcept { return next_ == memory_.get(); }
  std::size_t size() const noexcept { return static_cast<std::size_t>(next_ - memory_.get()); }
  const char* data() const noexcept { return memory_.get(); }
  std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - next_); }

  // Makes room for `more` characters behind those that are held, as far as `limit` allows.
  void prepare(std::size_t more, std::size_t limit) {
    const std::size_t held = size();
    if (room() >= more || held + room() == limit) return;
    const std::size_t capacity = held + more <= small_size ? std::min(small_size, limit) : limit;
    std::unique_ptr<char[]> memory(new char[capacity]);
    if (held != 0) std::memcpy(memory.get(), memory_.get(), held);
    memory_ = std::move(memory);
    has_memory_.store(true, std::memory_order_relaxed);
    next_ = memory_.get() + held;
    end_ = memory_.get() + capacity;
  }

  // There must be enough room. Returns the size.
  std::size_t append(const char* data, std::size_t size) noexcept {
    char* const to = next_;
    next_ += size;
    return copy_short(to, data, size);
  }

  // Drops the first `size` characters.
  void drop(std::size_t size) noexcept {
    const std::size_t rest = this->size() - size;
    if (rest != 0) std::memmove(memory_.get(), memory_.get() + size, rest);
    next_ = memory_.get() + rest;
  }

  void release() noexcept {
    memory_.reset();
    has_memory_.store(false, std::memory_order_relaxed);
    next_ = end_ = nullptr;
  }

 private:
  static constexpr thread_token anybodys = 1;  // belongs to no thread

  std::unique_ptr<char[]> memory_;
  std::atomic<bool> has_memory_{false};  // of `memory_`, which is the owner's
  char* next_ = nullptr;                 // behind the last character
  char* end_ = nullptr;
  std::atomic<thread_token> owner_{0};
  thread_token handed_over_by_ = 0;
  std::mutex claiming_;
};

}  // namespace detail
}  // namespace iostls
