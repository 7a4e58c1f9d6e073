// SPDX-License-Identifier: Apache-2.0
#include "memory_sweep.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>

#include <unistd.h>

#include <openssl/err.h>

#include "sweep_size.hpp"

namespace iostls {
namespace test {
namespace {

// Shows which allocation a crash goes back to.
char crash_note[64] = "";
extern "C" void tell_crash(int signal) {
  static_cast<void>(!::write(STDERR_FILENO, crash_note, std::strlen(crash_note)));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

struct shortage {
  std::uint64_t call;
  bool lasting;
};

std::ostream& operator<<(std::ostream& out, const shortage& s) {
  return out << (s.lasting ? "all allocations from " : "allocation ") << s.call;
}

std::string attempt(const subject& s, const shortage& at) {
  std::snprintf(crash_note, sizeof crash_note, "\nallocation %llu%s\n",
                static_cast<unsigned long long>(at.call), at.lasting ? " and on" : "");
  fail_allocation(at.call, at.lasting);
  std::string wrong = s();
  fail_no_allocation();
  ERR_clear_error();
  return wrong;
}

void check(const subject& s, const shortage& at) {
  EXPECT_EQ(attempt(s, at), "") << at;
  // A cache that grows does so once; a leak each time.
  std::int64_t before = live_allocations();
  int grown = 0;
  while (grown != 4) {
    attempt(s, at);
    if (live_allocations() <= before) break;
    before = live_allocations();
    ++grown;
  }
  EXPECT_LT(grown, 4) << "memory leaks: " << at;
}

}  // namespace

memory_sweep::memory_sweep() {
  std::signal(SIGSEGV, tell_crash);
  std::signal(SIGABRT, tell_crash);
}

memory_sweep::~memory_sweep() {
  std::signal(SIGSEGV, SIG_DFL);
  std::signal(SIGABRT, SIG_DFL);
}

void memory_sweep::measure(const subject& s) {
  for (int i = 0; i != 2; ++i) {  // the second finds all caches filled
    fail_allocation(UINT64_MAX, false);
    ASSERT_EQ(s(), "") << "without any shortage";
  }
  count_ = allocations();
}

void memory_sweep::sweep_measured(const subject& s, std::uint64_t step) {
  std::uint64_t cases = 0;
  for (const bool lasting : {false, true}) {
    for (std::uint64_t k = lasting ? step / 2 : 0; k <= count_; k += step, ++cases) {
      check(s, {k, lasting});
    }
  }
  std::cout << cases << " cases\n";
}

void memory_sweep::sweep(const subject& s, std::uint64_t step) {
  ASSERT_NO_FATAL_FAILURE(measure(s));
  ASSERT_GT(count_, 10u);
  sweep_measured(s, step);
}

void memory_sweep::sweep_sample(const subject& s, std::uint64_t usual, std::uint64_t many) {
  ASSERT_NO_FATAL_FAILURE(measure(s));
  ASSERT_GT(count_, 0u);
  sweep_measured(s, sampling_step(count_, usual, many));
}

}  // namespace test
}  // namespace iostls
