// SPDX-License-Identifier: Apache-2.0
#include "system/retried_once.hpp"

#include <atomic>

#include <gtest/gtest.h>
#include <pthread.h>

#include "blocked_operation.hpp"
#include "canceled_thread.hpp"
#include "event.hpp"
#include "process.hpp"
#include "task.hpp"

namespace iostls {
namespace test {
namespace {

TEST(retried_once, is_kept_and_no_failure_before_it) {
  detail::retried_once<int, -1> number;
  int calls = 0;
  const auto make = [&] { return ++calls < 3 ? -1 : calls; };
  EXPECT_EQ(number.get(make), -1);
  EXPECT_EQ(number.get(make), -1);
  EXPECT_EQ(number.get(make), 3);
  EXPECT_EQ(number.get(make), 3);
  EXPECT_EQ(calls, 3);
}

TEST(retried_once, may_be_a_pointer) {
  int object = 0;
  detail::retried_once<int*, nullptr> place;
  EXPECT_EQ(place.get([] { return static_cast<int*>(nullptr); }), nullptr);
  EXPECT_EQ(place.get([&] { return &object; }), &object);
}

TEST(retried_once, is_one_for_all_threads) {
  detail::retried_once<int, -1> number;
  std::atomic<int> calls{0};
  const auto ask = [&] {
    for (int i = 0; i != 1000; ++i) EXPECT_EQ(number.get([&] { return calls++; }), 0);
  };
  { task a(ask), b(ask), c(ask), d(ask); }
  EXPECT_EQ(calls, 1);
}

// The thread that was making it is not there.
TEST(retried_once, is_made_in_a_process_that_was_forked_meanwhile) {
  detail::retried_once<int, -1> number;
  event begun, forked;
  task making([&] {
    number.get([&] {
      begun.happen();
      EXPECT_TRUE(forked.wait());
      return 1;
    });
  });
  EXPECT_TRUE(begun.wait());
  const child_result child = run_in_child([&] { return number.get([] { return 2; }); });
  forked.happen();
  making.join();
  EXPECT_EQ(child, (child_result{2, 0}));
  EXPECT_EQ(number.get([] { return 3; }), 1);
}

// What is noexcept cannot be unwound.
TEST(retried_once, is_waited_for_by_a_thread_that_has_been_canceled) {
  detail::retried_once<int, -1> number;
  event begun, asked, end;
  blocked_operation making([&] {
    number.get([&] {
      begun.happen();
      EXPECT_TRUE(end.wait());
      return 1;
    });
  });
  EXPECT_TRUE(begun.wait());
  std::atomic<int> got{0};
  {
    const canceled_thread waiting([&]() noexcept {
      asked.happen();
      pthread_cancel(pthread_self());
      got = number.get([] { return 2; });
    });
    EXPECT_TRUE(asked.wait());
    EXPECT_TRUE(making.is_blocked());
    end.happen();
  }
  EXPECT_EQ(got, 1);
}

}  // namespace
}  // namespace test
}  // namespace iostls
