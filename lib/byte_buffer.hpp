// SPDX-License-Identifier: Apache-2.0
// A queue of bytes that owns memory only while it holds some.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

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

  // Room for `size` more bytes, uninitialised, behind those that are held; see `commit`.
  char* prepare(std::size_t size) {
    if (capacity_ - end_ < size) make_room(size);
    return memory_.get() + end_;
  }

  // Counts `size` bytes of what `prepare` returned as held.
  void commit(std::size_t size) noexcept { end_ += size; }

  void append(const void* bytes, std::size_t size) {
    std::memcpy(prepare(size), bytes, size);
    commit(size);
  }

  // Takes up to `size` bytes out.
  std::size_t take(void* to, std::size_t size) noexcept {
    size = std::min(size, this->size());
    if (size != 0) std::memcpy(to, data(), size);
    drop(size);
    return size;
  }

  // Forgets the first `size` bytes; memory goes when the last one does.
  void drop(std::size_t size) noexcept {
    begin_ += size;
    if (empty()) release();
  }

  void release() noexcept {
    memory_.reset();
    capacity_ = begin_ = end_ = 0;
  }

  void swap(byte_buffer& other) noexcept {
    memory_.swap(other.memory_);
    std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
  }

 private:
  void make_room(std::size_t more) {
    const std::size_t held = size();
    const std::size_t capacity = std::max(held + more, 2 * held);
    std::unique_ptr<char[]> memory(new char[capacity]);
    if (held != 0) std::memcpy(memory.get(), data(), held);
    memory_ = std::move(memory);
    capacity_ = capacity;
    begin_ = 0;
    end_ = held;
  }

  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace detail
}  // namespace iostls
