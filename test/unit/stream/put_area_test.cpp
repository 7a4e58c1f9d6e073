// SPDX-License-Identifier: Apache-2.0
// Whose the characters in a put area are.
#include "stream/put_area.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "event.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using detail::put_area;
using namespace test;

constexpr std::size_t limit = 4096;

std::string content(const put_area& area) { return std::string(area.data(), area.size()); }

TEST(put_area, is_nobodys_at_first) {
  put_area area;
  EXPECT_FALSE(area.is_mine());
  EXPECT_EQ(area.claim(), 0u);
  EXPECT_TRUE(area.is_mine());
}

TEST(put_area, names_the_owner_before) {
  put_area area;
  area.claim();
  const detail::thread_token first = detail::this_thread_token();
  task([&] {
    EXPECT_FALSE(area.is_mine());
    EXPECT_EQ(area.claim(), first);
  }).join();
  EXPECT_FALSE(area.is_mine());
}

TEST(put_area, is_used_by_a_thread_that_reads_only_as_its_owner) {
  put_area area;
  int uses = 0;
  area.if_mine([&] { ++uses; });
  EXPECT_EQ(uses, 0);
  area.claim();
  area.if_mine([&] { ++uses; });
  EXPECT_EQ(uses, 1);
  task([&] { area.claim(); }).join();
  area.if_mine([&] { ++uses; });
  EXPECT_EQ(uses, 1);
}

TEST(put_area, that_is_handed_over_belongs_to_the_next_thread_that_uses_it) {
  put_area area;
  area.hand_over();
  area.pick_up();
  EXPECT_FALSE(area.is_mine()) << "nobody has written";
  area.claim();
  area.hand_over();
  EXPECT_FALSE(area.is_mine());
  task([&] {
    area.pick_up();
    EXPECT_TRUE(area.is_mine());
    area.hand_over();
    EXPECT_EQ(area.claim(), 0u);
  }).join();
  area.pick_up();
  EXPECT_FALSE(area.is_mine()) << "another thread uses it";
}

TEST(put_area, that_is_handed_over_names_the_owner_before) {
  put_area area;
  area.claim();
  const detail::thread_token first = detail::this_thread_token();
  area.hand_over();
  area.hand_over();
  task([&] { EXPECT_EQ(area.claim(), first); }).join();
}

TEST(put_area, knows_without_the_mutex_that_its_owner_has_nothing_there) {
  put_area area;
  EXPECT_FALSE(area.is_mine_and_released()) << "nobody is the owner";
  area.claim();
  EXPECT_TRUE(area.is_mine_and_released());
  area.prepare(1, 100);
  area.append("x", 1);
  EXPECT_FALSE(area.is_mine_and_released());
  area.drop(1);
  area.release();
  EXPECT_TRUE(area.is_mine_and_released());
  task([&] { EXPECT_FALSE(area.is_mine_and_released()); }).join();
  task([&] { area.claim(); }).join();
  EXPECT_FALSE(area.is_mine_and_released());
}

TEST(put_area, gets_no_other_owner_while_a_thread_that_reads_takes_its_characters) {
  put_area area;
  area.claim();
  std::atomic<bool> claimed{false};
  event begun;
  task writer([&] {
    EXPECT_TRUE(begun.wait());
    area.claim();
    claimed = true;
  });
  area.if_mine([&] {
    begun.happen();
    // No event shows that the other thread waits for the mutex.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(claimed);
  });
  writer.join();
  EXPECT_TRUE(claimed);
}

TEST(put_area, takes_only_what_fits_and_only_from_its_owner) {
  put_area area;
  area.claim();
  EXPECT_FALSE(area.fits(1));
  EXPECT_FALSE(area.add('a'));
  area.prepare(10, 4);
  ASSERT_TRUE(area.fits(3));
  EXPECT_EQ(area.append("abc", 3), 3u);
  EXPECT_FALSE(area.fits(2));
  EXPECT_TRUE(area.fits(1));
  EXPECT_TRUE(area.add('d'));
  EXPECT_FALSE(area.add('e'));
  EXPECT_EQ(content(area), "abcd");
  area.drop(2);
  task([&] {
    EXPECT_FALSE(area.fits(1));
    EXPECT_FALSE(area.add('e'));
  }).join();
  EXPECT_EQ(content(area), "cd");
}

TEST(put_area, grows_with_what_it_holds) {
  put_area area;
  EXPECT_EQ(area.room(), 0u);
  area.prepare(10, limit);
  EXPECT_EQ(area.room(), put_area::small_size);
  area.append("abc", 3);
  area.prepare(put_area::small_size, limit);
  EXPECT_EQ(area.room(), limit - 3);
  area.prepare(2 * limit, limit);
  EXPECT_EQ(area.room(), limit - 3);
  EXPECT_EQ(content(area), "abc");
}

TEST(put_area, keeps_what_was_not_dropped) {
  put_area area;
  area.prepare(10, limit);
  area.append("abcdef", 6);
  area.drop(4);
  EXPECT_EQ(content(area), "ef");
  area.append("gh", 2);
  EXPECT_EQ(content(area), "efgh");
  area.release();
  EXPECT_TRUE(area.empty());
  EXPECT_EQ(area.room(), 0u);
}

}  // namespace
}  // namespace iostls
