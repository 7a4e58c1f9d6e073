// SPDX-License-Identifier: Apache-2.0
#include "system/fork_generation.hpp"

#include <atomic>

#include <pthread.h>
#include <unistd.h>

namespace iostls {
namespace detail {
namespace {

std::atomic<unsigned> generation{0};
std::atomic<unsigned> forks{0};

void in_parent() { ++forks; }

void in_child() {
  ++forks;
  ++generation;
}

const int has_handlers = pthread_atfork(nullptr, in_parent, in_child);

}  // namespace

unsigned fork_generation() noexcept {
  static_cast<void>(has_handlers);
  return generation.load(std::memory_order_relaxed);
}

unsigned fork_count() noexcept {
  static_cast<void>(has_handlers);
  return forks.load(std::memory_order_relaxed);
}

// A number may come again, in a fork of a fork or with the namespaces of containers.
process_mark::process_mark() noexcept : generation_(fork_generation()), number_(::getpid()) {}

bool process_mark::is_this_process() const noexcept {
  return generation_ == fork_generation() && number_ == ::getpid();
}

bool call_in_forks(void (*function)()) noexcept {
  return pthread_atfork(nullptr, nullptr, function) == 0;
}

}  // namespace detail
}  // namespace iostls
