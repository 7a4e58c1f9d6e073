// SPDX-License-Identifier: Apache-2.0
#include "failing_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace {

thread_local int exposed = 0;
std::atomic<std::uint64_t> count{0};
std::atomic<std::uint64_t> first{UINT64_MAX};
std::atomic<bool> lasts{false};
std::atomic<std::int64_t> live{0};

bool fails() noexcept {
  if (exposed == 0) return false;
  const std::uint64_t number = count++;
  return number == first || (number > first && lasts);
}

void* allocate(std::size_t size) noexcept {
  if (fails()) return nullptr;
  void* const p = std::malloc(size != 0 ? size : 1);
  if (p != nullptr) ++live;
  return p;
}

void release(void* p) noexcept {
  if (p == nullptr) return;
  --live;
  std::free(p);
}

void* crypto_malloc(std::size_t size, const char*, int) { return allocate(size); }

void* crypto_realloc(void* p, std::size_t size, const char*, int) {
  if (p == nullptr) return allocate(size);
  if (size == 0) {
    release(p);
    return nullptr;
  }
  return fails() ? nullptr : std::realloc(p, size);
}

void crypto_free(void* p, const char*, int) { release(p); }

// OpenSSL takes them only before it has allocated anything, as it may have for other statics.
[[gnu::constructor(101)]] void install() {
  if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1) std::abort();
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* const p = allocate(size)) return p;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { release(p); }

namespace iostls {
namespace test {

// OpenSSL 3.6 calls itself without end where it has no memory for a thread's error queue.
void memory_exposure::begin() noexcept {
  if (exposed == 0) ERR_clear_error();
  ++exposed;
}
void memory_exposure::end() noexcept { --exposed; }

void fail_allocation(std::uint64_t call, bool lasting) noexcept {
  count = 0;
  first = call;
  lasts = lasting;
}

void fail_no_allocation() noexcept { first = UINT64_MAX; }
std::uint64_t allocations() noexcept { return count; }
std::int64_t live_allocations() noexcept { return live; }

}  // namespace test
}  // namespace iostls
