// SPDX-License-Identifier: Apache-2.0
#include "system/buffer_memory.hpp"

#include <array>
#include <mutex>

namespace iostls {
namespace detail {
namespace {

// Buffers of about these sizes have one of them, so that they can be used again: a record of full size, with
// what is gathered beside it, and four of them.
constexpr std::size_t record_buffer_size = 17 * std::size_t{1024};
constexpr std::array<std::size_t, 2> kept_sizes = {record_buffer_size, large_buffer_size};
// malloc(3) serves smaller ones as well.
constexpr std::size_t most_of_malloc = large_buffer_size / 16;

// These belong to the whole process, so that their number does not grow with its threads. In the
// common case, there are as many as processors may use at once; half a megabyte of the large ones. Nothing
// here has a destructor: connections with static storage may outlive this library's own static objects.
struct spare_list {
  std::array<char*, 8> memory;
  std::size_t count;
};
std::array<spare_list, kept_sizes.size()> spares;

// The spares of buffers of this capacity; null if it is none of the sizes above.
spare_list* spares_of(std::size_t capacity) noexcept {
  for (std::size_t i = 0; i != kept_sizes.size(); ++i) {
    if (kept_sizes[i] == capacity) return &spares[i];
  }
  return nullptr;
}

std::size_t capacity_for(std::size_t size) noexcept {
  if (size <= most_of_malloc) return size;
  for (const std::size_t kept : kept_sizes) {
    if (size <= kept) return kept;
  }
  return size;
}

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

char* take(spare_list& from) noexcept {
  const auto l = try_lock_spares();
  return l && from.count != 0 ? from.memory[--from.count] : nullptr;
}

// False if there are enough.
bool keep(spare_list& in, char* memory) noexcept {
  const auto l = try_lock_spares();
  if (!l || in.count == in.memory.size()) return false;
  in.memory[in.count++] = memory;
  return true;
}

}  // namespace

void buffer_deleter::operator()(char* memory) const noexcept {
  spare_list* const kept = spares_of(capacity);
  if (kept == nullptr || !keep(*kept, memory)) delete[] memory;
}

buffer_memory make_buffer(std::size_t size) {
  const std::size_t capacity = capacity_for(size);
  spare_list* const kept = spares_of(capacity);
  char* const spare = kept != nullptr ? take(*kept) : nullptr;
  return buffer_memory(spare != nullptr ? spare : new char[capacity], {capacity});
}

}  // namespace detail
}  // namespace iostls
