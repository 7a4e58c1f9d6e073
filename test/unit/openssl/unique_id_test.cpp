// SPDX-License-Identifier: Apache-2.0
#include "openssl/unique_id.hpp"

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include <gtest/gtest.h>

#include "process.hpp"

namespace iostls {
namespace detail {
namespace {

using id = std::array<unsigned char, 32>;

TEST(unique_id, differs_from_call_to_call_and_from_thread_to_thread) {
  constexpr std::size_t count = 1000;
  std::mutex mutex;
  std::set<id> all;
  std::vector<std::thread> threads;
  for (int i = 0; i != 4; ++i) {
    threads.emplace_back([&] {
      for (std::size_t n = 0; n != count; ++n) {
        const id next = unique_id();
        const std::lock_guard<std::mutex> l(mutex);
        all.insert(next);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(all.size(), 4 * count);
}

// What the next call returns in a child process.
id of_child() {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const test::child_result r = test::run_in_child([&] {
    const id its = unique_id();
    return ::write(ends[1], its.data(), its.size()) == static_cast<ssize_t>(its.size()) ? 0 : 1;
  });
  EXPECT_EQ(r, (test::child_result{0, 0}));
  id read{};
  EXPECT_EQ(::read(ends[0], read.data(), read.size()), static_cast<ssize_t>(read.size()));
  ::close(ends[0]);
  ::close(ends[1]);
  return read;
}

TEST(unique_id, differs_in_processes_that_were_forked_at_the_same_state) {
  unique_id();
  const std::set<id> all = {of_child(), of_child(), unique_id()};
  EXPECT_EQ(all.size(), 3U);
}

}  // namespace
}  // namespace detail
}  // namespace iostls
