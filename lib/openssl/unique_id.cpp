// SPDX-License-Identifier: Apache-2.0
#include "openssl/unique_id.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>

#include <openssl/rand.h>

#include "base/lazy_instance.hpp"
#include "openssl/error.hpp"
#include "system/of_each_process.hpp"

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

  std::array<unsigned char, 24> random{};
  std::atomic<std::uint64_t> count{0};
};

numbered_process& this_process() {
  static lazy_instance<of_each_process<numbered_process>> each;
  return each.get().get();
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
