// SPDX-License-Identifier: Apache-2.0
// Allocations that fail on demand: those of C++ (the global operator new) and those of OpenSSL. A
// program that links this has both replaced from its start.
#pragma once

#include <cstdint>

namespace iostls {
namespace test {

// Allocations count, and fail, only in threads that are within an exposure.
class memory_exposure {
 public:
  memory_exposure() noexcept { begin(); }
  memory_exposure(const memory_exposure&) = delete;
  memory_exposure& operator=(const memory_exposure&) = delete;
  ~memory_exposure() { end(); }

  static void begin() noexcept;
  static void end() noexcept;
};

// A part of an exposure that is none.
class memory_pause {
 public:
  memory_pause() noexcept { memory_exposure::end(); }
  memory_pause(const memory_pause&) = delete;
  memory_pause& operator=(const memory_pause&) = delete;
  ~memory_pause() { memory_exposure::begin(); }
};

// Begins to count anew; allocation number `call` (from 0) fails, and with `lasting` all after it.
void fail_allocation(std::uint64_t call, bool lasting) noexcept;
// From now on none fails.
void fail_no_allocation() noexcept;
// How many there were since.
std::uint64_t allocations() noexcept;
// How many allocations have not been given back, by all of the program.
std::int64_t live_allocations() noexcept;

}  // namespace test
}  // namespace iostls
