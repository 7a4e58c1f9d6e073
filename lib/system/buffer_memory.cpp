// SPDX-License-Identifier: Apache-2.0
#include "system/buffer_memory.hpp"

#include <array>
#include <mutex>

namespace iostls {
namespace detail {
namespace {

// A buffer of at least this size uses a large one, since large ones can be reused.
constexpr std::size_t large_enough = large_buffer_size / 4;

// These belong to the whole process, so that their number does not grow with its threads. In the
// common case, there are as many as processors may use at once; half a megabyte. Nothing here has a
// destructor: connections with static storage may outlive this library's own static objects.
std::array<char*, 8> spares;
std::size_t spare_count = 0;

union undestroyed_mutex {
  undestroyed_mutex() noexcept : it() {}
  ~undestroyed_mutex() {}  // NOLINT(modernize-use-equals-default): that would be deleted
  std::mutex it;
} spares_mutex;

// Never waits: in a forked process, the mutex may stay locked for ever. Without the lock, the
// caller allocates.
std::unique_lock<std::mutex> try_lock_spares() noexcept {
  return std::unique_lock<std::mutex>(spares_mutex.it, std::try_to_lock);
}

char* take_spare() noexcept {
  const auto l = try_lock_spares();
  return l && spare_count != 0 ? spares[--spare_count] : nullptr;
}

// False if there are enough.
bool keep_spare(char* memory) noexcept {
  const auto l = try_lock_spares();
  if (!l || spare_count == spares.size()) return false;
  spares[spare_count++] = memory;
  return true;
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
