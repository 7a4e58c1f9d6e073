// SPDX-License-Identifier: Apache-2.0
#include "buffer_memory.hpp"

#include <array>
#include <atomic>

namespace iostls {
namespace detail {
namespace {

// From here on, a large buffer is made of what needs less.
constexpr std::size_t large_enough = 16 * 1024;

// Of the whole process, so that their number does not grow with its threads. As many as processors
// may be busy with, in the common case; half a megabyte.
std::array<std::atomic<char*>, 8> spares;

char* take_spare() noexcept {
  for (std::atomic<char*>& place : spares) {
    if (place.load(std::memory_order_relaxed) == nullptr) continue;
    char* const found = place.exchange(nullptr, std::memory_order_acquire);
    if (found != nullptr) return found;
  }
  return nullptr;
}

// False if there are enough.
bool keep_spare(char* memory) noexcept {
  for (std::atomic<char*>& place : spares) {
    char* nothing = nullptr;
    if (place.load(std::memory_order_relaxed) == nullptr &&
        place.compare_exchange_strong(nothing, memory, std::memory_order_release,
                                      std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

}  // namespace

void buffer_deleter::operator()(char* memory) const noexcept {
  if (capacity != large_buffer_size || !keep_spare(memory)) delete[] memory;
}

buffer_memory make_buffer(std::size_t size) {
  if (size <= large_enough || size > large_buffer_size) {
    return buffer_memory(new char[size], {size});
  }
  char* const spare = take_spare();
  return buffer_memory(spare != nullptr ? spare : new char[large_buffer_size], {large_buffer_size});
}

}  // namespace detail
}  // namespace iostls
