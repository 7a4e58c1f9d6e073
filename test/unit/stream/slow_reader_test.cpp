// SPDX-License-Identifier: Apache-2.0
// Programs that write, and look for input in between, without waiting for it, while the peer reads nothing for
// a while. Looking encrypts what was written; so much of that is held back as of output that nobody looks past,
// and then writing waits.
#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::minutes;

struct look {
  const char* name;
  std::function<void(ssl_stream&)> at;
};

void forgive(ssl_stream& s) {
  EXPECT_EQ(s.error(), ssl_errc::timed_out) << s.error().message();
  s.clear();
}

const look looks[] = {
    {"wait_readable", [](ssl_stream& s) { EXPECT_FALSE(s.wait_readable(milliseconds(0))); }},
    {"in_avail", [](ssl_stream& s) { EXPECT_EQ(s.rdbuf()->in_avail(), 0); }},
    {"readsome",
     [](ssl_stream& s) {
       char byte;
       EXPECT_EQ(s.readsome(&byte, 1), 0);
     }},
    {"an_expired_read",
     [](ssl_stream& s) {
       s.expires_after(milliseconds(0));
       EXPECT_EQ(s.peek(), std::char_traits<char>::eof());
       s.expires_never();
       forgive(s);
     }},
    {"a_late_read",
     [](ssl_stream& s) {
       s.read_timeout(milliseconds(1));
       EXPECT_EQ(s.peek(), std::char_traits<char>::eof());
       forgive(s);
     }},
    {"a_late_flush",
     [](ssl_stream& s) {
       if (!s.flush()) forgive(s);
     }},
};

class slow_reader : public testing::TestWithParam<std::tuple<role, look>> {
 protected:
  static constexpr std::size_t size = 4000;

  ssl_stream& stream() { return *talk_->stream; }
  immediate_peer& peer() { return talk_->peer; }
  void look() { std::get<1>(GetParam()).at(stream()); }
  std::string message() { return numbered_bytes(size); }

  const std::unique_ptr<duologue> talk_ =
      in_conversation({std::get<0>(GetParam()), tls_version::tls1_3},
                      [](connection_options& o) { o.write_timeout = minutes(1); });
};

INSTANTIATE_TEST_SUITE_P(, slow_reader,
                         testing::Combine(testing::Values(role::server, role::client),
                                          testing::ValuesIn(looks)),
                         [](const auto& p) {
                           return (std::get<0>(p.param) == role::server ? "server_" : "client_") +
                                  std::string(std::get<1>(p.param).name);
                         });

// The peer goes on reading as soon as the program waits in `<<`.
TEST_P(slow_reader, of_output_between_looks_is_waited_for_and_gets_all) {
  constexpr std::size_t many = 200;
  bool writing = false;
  bool waited = false;
  peer().block_output();
  peer().on_full = [&] {
    if (!writing) return;
    waited = true;
    peer().allow_output();
  };
  for (std::size_t i = 0; i != many; ++i) {
    writing = true;
    ASSERT_TRUE(stream() << message()) << i << stream().error().message();
    writing = false;
    look();
  }
  EXPECT_TRUE(waited);
  EXPECT_TRUE(stream().flush());
  EXPECT_EQ(peer().received().size(), many * size);
  peer().on_full = nullptr;
}

TEST_P(slow_reader, of_output_between_looks_has_the_time_for_writing) {
  constexpr std::size_t most = 250;
  peer().block_output();
  std::size_t taken = 0;
  for (; taken != most && stream() << message(); ++taken) look();
  EXPECT_LT(taken * size, std::size_t{200} * 1024);
  EXPECT_EQ(stream().error(), ssl_errc::timed_out) << stream().error().message();
}

// The area that a program has set may be larger than all answers that a peer can ask for.
TEST_P(slow_reader, of_a_large_area_has_not_asked_for_it) {
  const std::string much = numbered_bytes(900000);
  stream().rdbuf()->pubsetbuf(nullptr, 1000000);
  peer().block_output(300000);
  for (int i = 0; i != 2; ++i) {
    ASSERT_TRUE(stream() << much);
    look();
  }
  for (int i = 0; i != 3; ++i) look();
  peer().allow_output();
  EXPECT_TRUE(stream().flush()) << stream().error().message();
  EXPECT_EQ(peer().received(), much + much);
}

// Output that the peer does not take keeps back nothing of what it sends.
class slow_reader_with_a_question : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, slow_reader_with_a_question, all_variants(), variant_name);

TEST_P(slow_reader_with_a_question, is_heard_by_a_read_without_time) {
  const auto d = in_conversation(GetParam());
  d->peer.block_output();
  for (const char said : {'1', '2'}) {
    *d->stream << "push";
    d->peer.send(std::string(1, said));
    d->stream->expires_after(milliseconds(0));
    EXPECT_EQ(d->stream->get(), said);
    EXPECT_EQ(d->stream->get(), std::char_traits<char>::eof());
    forgive(*d->stream);
    d->stream->expires_never();
  }
}

// It is silent until the stream waits for it to read.
TEST_P(slow_reader_with_a_question, is_heard_by_a_read_that_waits) {
  const auto d = in_conversation(GetParam());
  d->peer.block_output();
  bool asks = true;
  d->peer.on_full = [&] {
    if (std::exchange(asks, false)) d->peer.send("?");
  };
  *d->stream << "push";
  EXPECT_EQ(d->stream->get(), '?');
  EXPECT_FALSE(d->stream->error()) << d->stream->error().message();
  asks = true;
  EXPECT_TRUE(d->stream->wait_readable(minutes(1)));
  EXPECT_EQ(d->stream->get(), '?');
  EXPECT_EQ(d->peer.received(), "");
  d->peer.on_full = nullptr;
  d->peer.allow_output();
  EXPECT_TRUE(d->stream->flush());
  EXPECT_EQ(d->peer.received(), "push");
}

}  // namespace
}  // namespace iostls
