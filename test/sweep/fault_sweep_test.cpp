// SPDX-License-Identifier: Apache-2.0
// Every call of a transport fails in every way, one at a time; and the connection is cut after
// every single byte.
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "conversation.hpp"
#include "sweep_size.hpp"

namespace iostls {
namespace test {
namespace {

class every_way : public testing::TestWithParam<manner> {
 protected:
  conversation_report run(const wire_plan& plan) {
    ++cases_;
    return converse(GetParam(), shared_contexts(GetParam().version), plan);
  }

  void TearDown() override {
    RecordProperty("cases", static_cast<int>(cases_));
    std::cout << cases_ << " cases\n";
  }

  std::uint64_t cases_ = 0;
};

using transport_calls = every_way;
using cut_connections = every_way;

TEST_P(transport_calls, of_which_none_fails_bring_all) {
  const conversation_report r = run({});
  EXPECT_EQ(shortfall(r), "");
}

const std::vector<mishap> all_mishaps{
    mishap::interrupted, mishap::unready,        mishap::one_byte, mishap::reset,
    mishap::broken_pipe, mishap::system_timeout, mishap::ended,    mishap::late};

// The failure that the end whose transport failed may tell of.
bool is_reason(const std::error_code& error, mishap m) {
  if (!error)
    return true;  // where nothing was lost, as in waiting for the end of a peer that has all
  switch (m) {
    case mishap::ended:
      return error == ssl_errc::truncated || error == ssl_errc::handshake_failed ||
             error == std::errc::broken_pipe;
    case mishap::late:
      return error == ssl_errc::timed_out;
    default:
      return error == code_of(m).default_error_condition();
  }
}

// And its peer, who sees a connection that ends too early, or does not go on.
bool is_consequence(const end_report& peer) {
  const std::error_code& error = peer.first_error;
  // OpenSSL's alert about an end before the version is settled has a version of its own.
  if (error == ssl_errc::protocol_error) return !peer.handshake_done;
  return !error || error == ssl_errc::truncated || error == ssl_errc::handshake_failed ||
         error == ssl_errc::timed_out || error == ssl_errc::alert_received ||
         error == std::errc::broken_pipe;
}

TEST_P(transport_calls, that_fail_are_told_as_what_they_were) {
  const std::uint64_t step = sweep_step(4);
  for (int end = 0; end != 2; ++end) {
    const std::uint64_t calls = run({}).wires[end].calls;
    ASSERT_GT(calls, 20u);
    for (const mishap what : all_mishaps) {
      for (std::uint64_t k = static_cast<std::uint64_t>(what) % step; k < calls; k += step) {
        wire_plan plan;
        plan.end = end;
        plan.call = k;
        plan.what = what;
        const conversation_report r = run(plan);
        const std::string name = std::string(to_string(what)) + " in call " + std::to_string(k) +
                                 " of end " + std::to_string(end);
        EXPECT_TRUE(r.struck) << name;
        EXPECT_EQ(is_harmless(what) ? shortfall(r) : broken_promise(r), "") << name;
        const end_report& self = r.ends[end];
        const end_report& peer = r.ends[1 - end];
        // Reading goes on where output has failed, and then it may be that nothing comes.
        EXPECT_TRUE(is_reason(self.first_error, what) ||
                    (r.struck_output && self.first_error == ssl_errc::timed_out))
            << name << ": " << self.reason;
        EXPECT_TRUE(!self.closed_well || peer.first_error || peer.received == self.offered) << name;
        EXPECT_TRUE(is_consequence(peer)) << name << ": at the peer " << peer.reason;
      }
    }
  }
}

TEST_P(cut_connections, are_never_taken_for_complete_ones) {
  const std::uint64_t step = sweep_step(29);
  for (int writer = 0; writer != 2; ++writer) {
    // Signatures make the length differ from run to run, by some bytes.
    const std::uint64_t length = run({}).wires[writer].written + 16;
    for (std::uint64_t n = 0; n < length; n += step) {
      wire_plan plan;
      plan.cut_writer = writer;
      plan.cut_after = n;
      const conversation_report r = run(plan);
      const std::string name =
          "cut after " + std::to_string(n) + " bytes of end " + std::to_string(writer);
      EXPECT_EQ(broken_promise(r), "") << name;
      const end_report& reader = r.ends[1 - writer];
      const bool missing = r.wires[writer].lost != 0;
      EXPECT_FALSE(missing && reader.clean_end) << name;
      for (const end_report& e : r.ends) {
        EXPECT_TRUE(is_consequence(e)) << name << ": " << e.reason;
      }
      EXPECT_EQ(r.struck ? "" : shortfall(r), "") << name;
    }
  }
}

std::vector<manner> manners(std::size_t bulk) {
  std::vector<manner> all;
  for (const tls_version v : {tls_version::tls1_2, tls_version::tls1_3}) {
    for (const bool client_asks : {true, false}) {
      for (const bool throwing : {false, true}) all.push_back({v, client_asks, throwing, bulk});
    }
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<manner>& info) {
  return to_identifier(info.param);
}

INSTANTIATE_TEST_SUITE_P(fault, transport_calls, testing::ValuesIn(manners(40000)), name_of);
INSTANTIATE_TEST_SUITE_P(fault, cut_connections, testing::ValuesIn(manners(300)), name_of);

}  // namespace
}  // namespace test
}  // namespace iostls
