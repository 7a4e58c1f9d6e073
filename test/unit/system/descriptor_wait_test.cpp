// SPDX-License-Identifier: Apache-2.0
// Waiting for descriptors: what ends a wait, and what does not.
#include "system/descriptor_wait.hpp"

#include <chrono>
#include <system_error>

#include <gtest/gtest.h>
#include <unistd.h>
#include <iostls/ssl_error.hpp>

#include "descriptor.hpp"
#include "interrupter.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class descriptor_wait : public testing::Test {
 protected:
  std::error_code wait(steady_clock::time_point deadline) {
    return detail::wait_for_descriptor(pair_.a.get(), transport::event::readable, deadline,
                                       wake_.b.get());
  }

  descriptor_pair pair_ = socket_pair(), wake_ = socket_pair();
};

TEST_F(descriptor_wait, that_is_interrupted_goes_on_to_its_deadline) {
  const auto deadline = steady_clock::now() + milliseconds(100);
  const interrupter every_now_and_then;
  EXPECT_EQ(wait(deadline), ssl_errc::timed_out);
  EXPECT_GE(steady_clock::now(), deadline);
  EXPECT_GT(interruptions, 0);
}

TEST_F(descriptor_wait, ends_with_input) {
  ASSERT_TRUE(write_raw(pair_.b.get(), "x"));
  EXPECT_FALSE(wait((steady_clock::time_point::max)()));
}

TEST_F(descriptor_wait, ends_when_it_is_woken_whatever_there_is) {
  ASSERT_TRUE(write_raw(pair_.b.get(), "x"));
  ASSERT_TRUE(write_raw(wake_.a.get(), "x"));
  EXPECT_EQ(wait((steady_clock::time_point::max)()), std::errc::operation_canceled);
}

TEST_F(descriptor_wait, of_the_past_only_looks) {
  EXPECT_EQ(wait((steady_clock::time_point::min)()), ssl_errc::timed_out);
  ASSERT_TRUE(write_raw(pair_.b.get(), "x"));
  EXPECT_FALSE(wait((steady_clock::time_point::min)()));
}

}  // namespace
}  // namespace test
}  // namespace iostls
