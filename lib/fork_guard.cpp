// SPDX-License-Identifier: Apache-2.0
#include "fork_guard.hpp"

#include <atomic>

#include <pthread.h>

namespace iostls {
namespace detail {
namespace {

std::atomic<unsigned> generation{0};

const int registered = pthread_atfork(nullptr, nullptr, [] { ++generation; });

}  // namespace

unsigned fork_generation() noexcept {
  static_cast<void>(registered);
  return generation.load(std::memory_order_relaxed);
}

}  // namespace detail
}  // namespace iostls
