// SPDX-License-Identifier: Apache-2.0
// A queue of bytes that owns memory only while it holds some.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "system/buffer_memory.hpp"

namespace iostls {
namespace detail {

class byte_buffer {
 public:
  byte_buffer() = default;
  byte_buffer(const byte_buffer&) = delete;
  byte_buffer& operator=(const byte_buffer&) = delete;
  ~byte_buffer() = default;

  bool empty() const noexcept { return begin_ == end_; }
  std::size_t size() const noexcept { return end_ - begin_; }
  const char* data() const noexcept { return memory_.get() + begin_; }

  // Returns room for `size` more bytes, uninitialised, behind those that are held; see `commit`.
  char* prepare(std::size_t size) {
    if (capacity() - end_ < size) make_room(size);
    return memory_.get() + end_;
  }

  // Counts `size` bytes of what `prepare` returned as held.
  void commit(std::size_t size) noexcept { end_ += size; }

  // `bytes` may be null if there are none.
  void append(const void* bytes, std::size_t size) {
    if (size == 0) return;
    std::memcpy(prepare(size), bytes, size);
    commit(size);
  }

  // Removes up to `size` bytes and copies them to `to`.
  std::size_t take(void* to, std::size_t size) noexcept {
    size = std::min(size, this->size());
    if (size != 0) std::memcpy(to, data(), size);
    drop(size);
    return size;
  }

  // Drops the first `size` bytes; the memory is freed with the last one.
  void drop(std::size_t size) noexcept {
    begin_ += size;
    if (empty()) release();
  }

  void release() noexcept {
    memory_ = buffer_memory();
    begin_ = end_ = 0;
  }

  void swap(byte_buffer& other) noexcept {
    memory_.swap(other.memory_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
  }

 private:
  std::size_t capacity() const noexcept { return memory_.get_deleter().capacity; }

  void make_room(std::size_t more) {
    const std::size_t held = size();
    buffer_memory memory = make_buffer(std::max(held + more, 2 * held));
    if (held != 0) std::memcpy(memory.get(), data(), held);
    memory_ = std::move(memory);
    begin_ = 0;
    end_ = held;
  }

  buffer_memory memory_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace detail
}  // namespace iostls
