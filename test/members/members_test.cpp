// SPDX-License-Identifier: Apache-2.0
// Every public member, in every state: it returns, or throws what it may, in time.
#include <chrono>
#include <exception>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "process.hpp"
#include "stream_rows.hpp"
#include "value_rows.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::steady_clock;

std::vector<row> all_rows() {
  std::vector<row> all = stream_rows();
  for (const auto& more : {buffer_rows(), standard_stream_rows()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

bool may_be_called(const row& r, subject& s) {
  return r.kind != row::replacing || !s.is_being_called_back();
}

// What is wrong with how it ended; empty if nothing is.
std::string outcome(const row& r, subject& s, std::ios::iostate mask) {
  try {
    s.stream().exceptions(mask);
  } catch (const std::exception&) {
  }
  const auto began = steady_clock::now();
  try {
    r.call(s);
  } catch (const std::ios::failure&) {
    if (r.kind == row::standard && mask == std::ios::goodbit) return "has thrown";
  } catch (const std::exception& e) {
    return std::string("has thrown something else: ") + e.what();
  }
  if (steady_clock::now() - began > std::chrono::seconds(15)) return "took too long";
  return {};
}

// Whatever has happened, this does no harm; and closes what is open.
void use_on(subject& s) {
  s.stream().exceptions(std::ios::goodbit);
  s.stream().clear();
  s.stream().error();
  s.stream().is_open();
  if (s.is_being_called_back()) return;
  s.stream() << 'x' << std::flush;
  s.stream().get();
  s.stream().close();
  s.stream().close();
}

using circumstances = std::tuple<role, state, int>;

class each_member : public testing::TestWithParam<circumstances> {};

TEST_P(each_member, returns_or_throws_in_time) {
  const role its_role = std::get<0>(GetParam());
  const state& its_state = std::get<1>(GetParam());
  if (!its_state.has_peer && its_role == role::server) return;
  for (const row& r : all_rows()) {
    SCOPED_TRACE(r.member);
    subject s(its_role);
    its_state.enter(s, [&] {
      if (!may_be_called(r, s)) return;
      EXPECT_EQ(outcome(r, s, static_cast<std::ios::iostate>(std::get<2>(GetParam()))), "");
      use_on(s);
    });
  }
}

std::string name_of(const testing::TestParamInfo<circumstances>& info) {
  return to_string(std::get<0>(info.param)) + "_" + std::get<1>(info.param).name +
         "_with_exceptions_" + std::to_string(std::get<2>(info.param));
}

INSTANTIATE_TEST_SUITE_P(of_a_client, each_member,
                         testing::Combine(testing::Values(role::client),
                                          testing::ValuesIn(states()), testing::Range(0, 8)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(of_a_server, each_member,
                         testing::Combine(testing::Values(role::server),
                                          testing::ValuesIn(states()), testing::Values(0, 7)),
                         name_of);

// In a child process, of a connection that its parent has begun to use.
TEST(each_member_in_a_child, returns_or_throws_in_time) {
  for (const role r : {role::client, role::server}) {
    const auto body = [r] {
      int wrong = 0;
      for (const row& each : all_rows()) {
        subject s(r);
        s.be_in_conversation();
        wrong += run_in_child([&] {
                   const std::string fault = outcome(each, s, std::ios::goodbit);
                   use_on(s);
                   return fault.empty() ? 0 : 1;
                 }) == child_result{0, 0}
                     ? 0
                     : 1;
      }
      return wrong;
    };
    EXPECT_EQ(body(), 0);
  }
}

class each_member_of_a_value : public testing::TestWithParam<value_row> {};

TEST_P(each_member_of_a_value, is_defined_whatever_was_moved_from) {
  try {
    GetParam().call();
  } catch (const ssl_error&) {
  }
}

INSTANTIATE_TEST_SUITE_P(, each_member_of_a_value, testing::ValuesIn(value_rows()));

}  // namespace
}  // namespace test
}  // namespace iostls
