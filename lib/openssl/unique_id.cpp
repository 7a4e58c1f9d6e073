// SPDX-License-Identifier: Apache-2.0
#include "openssl/unique_id.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

#include <openssl/rand.h>

#include "openssl/error.hpp"
#include "system/fork_generation.hpp"

namespace iostls {
namespace detail {
namespace {

// Each process, a forked one included, has random numbers of its own, and counts from there.
struct numbered_process {
  numbered_process() {
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
      throw make_error(ssl_errc::bad_configuration, "context", "no random numbers");
    }
  }

  const unsigned generation = fork_generation();
  std::array<unsigned char, 24> random{};
  std::atomic<std::uint64_t> count{0};
  std::unique_ptr<numbered_process> before;  // another thread may be looking at it
};

numbered_process& this_process() {
  static std::atomic<numbered_process*> current{nullptr};  // never freed: statics may use it
  numbered_process* now = current.load(std::memory_order_acquire);
  if (now != nullptr && now->generation == fork_generation()) return *now;
  auto fresh = std::make_unique<numbered_process>();
  if (!current.compare_exchange_strong(now, fresh.get())) return *now;
  fresh->before.reset(now);
  return *fresh.release();
}

}  // namespace

std::array<unsigned char, 32> unique_id() {
  numbered_process& process = this_process();
  const std::uint64_t number = ++process.count;
  std::array<unsigned char, 32> id{};
  static_assert(sizeof process.random + sizeof number == sizeof id, "it is filled");
  std::memcpy(id.data(), process.random.data(), process.random.size());
  std::memcpy(id.data() + process.random.size(), &number, sizeof number);
  return id;
}

}  // namespace detail
}  // namespace iostls
