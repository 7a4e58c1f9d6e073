// SPDX-License-Identifier: Apache-2.0
// What the connection makes of a transport that falters or fails, at every point of a conversation.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"
#include "sweep_size.hpp"

namespace iostls {
namespace {

using namespace test;
using ios = std::ios;

// All that a stream does, in both directions, with small and large pieces.
class conversation {
 public:
  explicit conversation(const variant& v) : talk(v) {
    // A question that did not arrive whole is not answered.
    talk.peer.on_wait = [this] {
      const bool whole = talk.peer.received() == asked;
      whole && !std::exchange(replied_, true) ? reply() : talk.peer.cut();
    };
  }

  // Ends early if something fails.
  void run() {
    ssl_stream& s = *talk.stream;
    s << "GET " << 42 << ' ' << 1.5 << std::endl;
    s.write(block.data(), static_cast<std::streamsize>(block.size()));
    for (int i = 0; i != 300; ++i) s.put('p');
    std::string line;
    if (std::getline(s, line)) heard += line + "\n";
    std::string got(block.size(), '\0');
    s.read(&got[0], static_cast<std::streamsize>(got.size()));
    heard.append(got, 0, static_cast<std::size_t>(s.gcount()));
    cut_in_block = !s && s.gcount() != 0;
    s.shutdown_write();
    for (int c = s.get(); s; c = s.get()) heard += static_cast<char>(c);
  }

  // The first so many bytes, or all, arrived either way.
  void expect_complete() {
    EXPECT_EQ(talk.stream->rdstate(), ios::eofbit | ios::failbit);
    EXPECT_FALSE(talk.stream->error()) << talk.stream->error().message();
    EXPECT_TRUE(talk.peer.received() == asked) << talk.peer.received().size();
    EXPECT_TRUE(heard == answered) << heard.size();
    EXPECT_TRUE(talk.peer.got_close_notify());
  }
  void expect_nothing_wrong_before_the_failure() {
    EXPECT_EQ(asked.compare(0, talk.peer.received().size(), talk.peer.received()), 0);
    EXPECT_EQ(answered.compare(0, heard.size(), heard), 0);
  }

  duologue talk;
  std::string heard;
  bool cut_in_block = false;

 private:
  void reply() {
    talk.peer.send("200 OK\n");
    talk.peer.send_in_records(block, 5000);
    for (int i = 0; i != 10; ++i) talk.peer.send("t");
    talk.peer.close_notify();
  }

  const std::string block = numbered_bytes(40000);
  const std::string asked = "GET 42 1.5\n" + block + std::string(300, 'p');
  bool replied_ = false;
  const std::string answered = "200 OK\n" + block + std::string(10, 't');
};

class faltering_transport : public testing::TestWithParam<variant> {
 protected:
  using script = std::function<fault(std::uint64_t)>;

  // The transport moves little at a time, so that there are many calls; the k-th suffers the fault.
  static script piecemeal(std::uint64_t k = UINT64_MAX, const fault& f = {}) {
    return [=](std::uint64_t call) { return call == k ? f : fault::at_most(3000); };
  }

  faltering_transport() {
    conversation c(GetParam());
    c.talk.wire->on_read = piecemeal();
    c.talk.wire->on_write = piecemeal();
    c.run();
    c.expect_complete();
    reads_ = c.talk.wire->reads;
    writes_ = c.talk.wire->writes;
  }

  void expect_no_difference(const script& on_read, const script& on_write) const {
    conversation c(GetParam());
    c.talk.wire->on_read = on_read;
    c.talk.wire->on_write = on_write;
    c.run();
    c.expect_complete();
  }

  std::uint64_t reads_ = 0, writes_ = 0;
};

INSTANTIATE_TEST_SUITE_P(, faltering_transport, all_variants(), variant_name);

TEST_P(faltering_transport, that_would_block_at_any_one_call_makes_no_difference) {
  ASSERT_GT(reads_, 12u);
  ASSERT_GT(writes_, 12u);
  for (std::uint64_t k = 0; k != reads_; ++k) {
    expect_no_difference(piecemeal(k, fault::would_block()), {});
  }
  for (std::uint64_t k = 0; k != writes_; ++k) {
    expect_no_difference({}, piecemeal(k, fault::would_block()));
  }
}

TEST_P(faltering_transport, that_wakes_up_for_nothing_makes_no_difference) {
  const auto often = [](std::uint64_t call) {
    return call % 5 != 4 ? fault::would_block() : fault();
  };
  expect_no_difference(often, {});
  expect_no_difference({}, often);
  expect_no_difference(often, often);
}

TEST_P(faltering_transport, that_moves_little_at_any_one_call_makes_no_difference) {
  for (const std::size_t size : {1u, 2u, 5u, 6u, 1000u}) {
    for (std::uint64_t k = size % sweep_step(); k < reads_; k += sweep_step()) {
      expect_no_difference(piecemeal(k, fault::at_most(size)), {});
    }
    for (std::uint64_t k = size % sweep_step(); k < writes_; k += sweep_step()) {
      expect_no_difference({}, piecemeal(k, fault::at_most(size)));
    }
  }
}

TEST_P(faltering_transport, that_moves_little_at_all_calls_makes_no_difference) {
  for (const std::size_t size : {1u, 3u, 50u, 1500u, 16384u}) {
    if (size < sweep_step()) continue;  // a call a byte is slow under Valgrind
    expect_no_difference(from_call(0, fault::at_most(size)), {});
    expect_no_difference({}, from_call(0, fault::at_most(size)));
    const auto hardly = [size](std::uint64_t call) {
      return call % 2 == 0 ? fault::would_block() : fault::at_most(size);
    };
    expect_no_difference(hardly, hardly);
  }
}

class failing_transport : public faltering_transport {
 protected:
  // The stream notices, reports it, delivers nothing wrong and comes to an end.
  void expect_failure(const script& on_read, const script& on_write) const {
    conversation c(GetParam());
    c.talk.wire->on_read = on_read;
    c.talk.wire->on_write = on_write;
    c.run();
    c.expect_nothing_wrong_before_the_failure();
    EXPECT_TRUE(c.talk.stream->bad());
    EXPECT_TRUE(c.talk.stream->error());
    EXPECT_EQ(c.talk.stream->eof(), c.cut_in_block) << "istream::read itself sets eofbit";
    c.talk.stream->clear();
    c.talk.stream->close();
    EXPECT_FALSE(c.talk.stream->is_open());
    const std::shared_ptr<transport_script> script = c.talk.wire;
    c.talk.stream.reset();
    EXPECT_EQ(script->closes, 1);
    EXPECT_EQ(script->alive, 0);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
};

INSTANTIATE_TEST_SUITE_P(, failing_transport, all_variants(), variant_name);

TEST_P(failing_transport, is_noticed_at_whatever_read_it_fails) {
  const fault reset = fault::failure(std::errc::connection_reset);
  for (std::uint64_t k = 0; k != reads_; ++k) {
    SCOPED_TRACE(k);
    expect_failure(piecemeal(k, reset), {});
    expect_failure(piecemeal(k, fault::ended()), {});
  }
  for (std::uint64_t k = 0; k != 3; ++k) {
    SCOPED_TRACE(k);
    expect_failure(from_call(k, reset), {});
    expect_failure(from_call(k, fault::ended()), {});
  }
}

TEST_P(failing_transport, is_noticed_at_whatever_write_it_fails) {
  for (std::uint64_t k = 0; k != writes_; ++k) {
    SCOPED_TRACE(k);
    expect_failure({}, piecemeal(k, fault::failure(std::errc::connection_reset)));
    expect_failure({}, piecemeal(k, fault::ended()));
    const auto after_a_part = [k](std::uint64_t call) {
      return call < k ? fault::at_most(3000) : call == k ? fault::at_most(3) : fault::ended();
    };
    expect_failure({}, after_a_part);
  }
}

TEST_P(failing_transport, is_left_alone_from_then_on) {
  for (const bool cut : {false, true}) {
    const auto d = in_conversation(GetParam());
    cut ? d->peer.cut() : d->peer.break_input(std::errc::connection_reset);
    EXPECT_EQ(d->stream->get(), EOF);
    const std::string text = d->stream->last_error()->what();
    const std::uint64_t reads = d->wire->reads, writes = d->wire->writes;
    for (int i = 0; i != 100; ++i) {
      d->stream->clear();
      EXPECT_EQ(d->stream->get(), EOF);
      EXPECT_TRUE(d->stream->bad());
      EXPECT_EQ(d->stream->last_error()->what(), text);
    }
    EXPECT_EQ(d->wire->reads, reads);
    EXPECT_EQ(d->wire->writes, writes);
  }
}

TEST_P(failing_transport, is_the_same_failure_to_output) {
  const auto d = in_conversation(GetParam());
  d->peer.cut();
  EXPECT_EQ(d->stream->get(), EOF);
  const std::string text = d->stream->last_error()->what();
  const std::uint64_t writes = d->wire->writes;
  d->stream->clear();
  EXPECT_FALSE(*d->stream << "lost" << std::flush);
  EXPECT_EQ(d->stream->last_error()->what(), text);
  EXPECT_EQ(d->wire->writes, writes);
}

class hasty_transport : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, hasty_transport, all_variants(), variant_name);

// No single wait is too long, as there is always another byte.
TEST_P(hasty_transport, does_not_put_off_the_deadline_of_a_handshake) {
  duologue d(GetParam());
  d.wire->on_read = from_call(0, fault::at_most(1));
  d.stream->expires_after(std::chrono::seconds(0));
  EXPECT_THROW(d.stream->do_handshake(), ssl_error);
  EXPECT_EQ(d.stream->error(), ssl_errc::timed_out);
}

// Only what a server of TLS 1.3 sends last, session tickets, can a client do without.
TEST(last_flight, that_is_lost_fails_the_handshake_where_it_is_part_of_it) {
  for (const tls_version version : {tls_version::tls1_2, tls_version::tls1_3}) {
    duologue d({role::server, version});
    d.wire->on_write = from_call(1, fault::failure(std::errc::broken_pipe));
    if (version == tls_version::tls1_3) {
      EXPECT_NO_THROW(d.stream->do_handshake());
    } else {
      EXPECT_THROW(d.stream->do_handshake(), ssl_error);
      EXPECT_EQ(d.stream->error(), std::errc::broken_pipe);
    }
  }
}

// Output that has to wait, until after `sent` bytes, longer than it may.
class blocked_output : public testing::TestWithParam<variant> {
 protected:
  explicit blocked_output() : talk(in_conversation(GetParam())) {}

  void block(std::size_t after) {
    peer.block_output(after);
    stream.expires_after(std::chrono::seconds(0));
  }
  void unblock() {
    peer.allow_output();
    stream.expires_never();
    stream.clear();
  }

  std::unique_ptr<duologue> talk;
  immediate_peer& peer = talk->peer;
  ssl_stream& stream = *talk->stream;
};

INSTANTIATE_TEST_SUITE_P(, blocked_output, all_variants(), variant_name);

TEST_P(blocked_output, of_a_flush_goes_on_where_it_stopped) {
  for (std::size_t sent = 0; sent != 150; ++sent) {
    const std::string data = numbered_bytes(100);
    stream << data;
    block(sent);
    stream.flush();
    if (stream.good()) {
      EXPECT_EQ(peer.received(), data);
    } else {
      EXPECT_TRUE(stream.bad());
      EXPECT_EQ(stream.error(), ssl_errc::timed_out);
      stream.clear();
      stream.flush();
      EXPECT_TRUE(stream.bad()) << "time is up still";
      EXPECT_EQ(peer.received(), "");
    }
    unblock();
    stream << "more" << std::flush;
    EXPECT_TRUE(stream.good());
    EXPECT_EQ(peer.take_received(), data + "more") << sent;
  }
}

TEST_P(blocked_output, of_an_area_larger_than_a_send_goes_on_where_it_stopped) {
  const std::string data = numbered_bytes(250000);
  for (const std::size_t sent : {0u, 1u, 70000u, 140000u, 249999u}) {
    duologue d(GetParam());
    d.buffer().pubsetbuf(nullptr, 300000);
    d.stream->do_handshake();
    *d.stream << data;
    d.peer.block_output(sent);
    d.stream->expires_after(std::chrono::seconds(0));
    d.stream->flush();
    EXPECT_EQ(d.stream->error(), ssl_errc::timed_out);
    d.peer.allow_output();
    d.stream->expires_never();
    d.stream->clear();
    EXPECT_TRUE(*d.stream << "more" << std::flush);
    EXPECT_TRUE(d.peer.received() == data + "more") << sent;
  }
}

TEST_P(blocked_output, of_a_read_that_flushes_goes_on_where_it_stopped) {
  for (std::size_t sent = 0; sent < 150; sent += 7) {
    const std::string data = numbered_bytes(100);
    stream << data;
    block(sent);
    EXPECT_EQ(stream.get(), EOF);
    EXPECT_EQ(stream.error(), ssl_errc::timed_out);
    unblock();
    peer.on_wait = [&] { peer.send("x"); };
    EXPECT_EQ(stream.get(), 'x');
    EXPECT_EQ(peer.take_received(), data) << sent;
    peer.on_wait = nullptr;
  }
}

TEST_P(blocked_output, of_a_block_is_the_end_of_output) {
  for (const std::size_t before : {0u, 10u}) {
    for (const std::size_t sent : {0u, 1u, 70000u, 140000u}) {
      talk = in_conversation(GetParam());
      immediate_peer& p = talk->peer;
      ssl_stream& s = *talk->stream;
      const std::string data = numbered_bytes(300000);
      s << data.substr(0, before);
      p.block_output(sent);
      s.expires_after(std::chrono::seconds(0));
      s << data.substr(before);
      EXPECT_TRUE(s.bad());
      EXPECT_EQ(s.error(), ssl_errc::timed_out);
      p.allow_output();
      s.expires_never();
      for (int i = 0; i != 3; ++i) {
        s.clear();
        s << "other" << std::flush;
        EXPECT_TRUE(s.bad());
        EXPECT_EQ(s.error(), ssl_errc::timed_out);
      }
      p.send("still read");
      s.clear();
      std::string word;
      EXPECT_TRUE(s >> word);
      s.close();
      EXPECT_TRUE(s.fail());
      EXPECT_FALSE(p.got_close_notify());
      EXPECT_EQ(data.compare(0, p.received().size(), p.received()), 0);
    }
  }
}

TEST_P(blocked_output, of_a_half_close_goes_on_when_the_connection_closes) {
  for (const std::size_t sent : {0u, 1u, 60u, 130u}) {
    for (const bool blocked_for_ever : {false, true}) {
      talk = in_conversation(GetParam());
      ssl_stream& s = *talk->stream;
      s << numbered_bytes(100);
      talk->peer.block_output(sent);
      s.expires_after(std::chrono::seconds(0));
      s.shutdown_write();
      EXPECT_EQ(s.error(), ssl_errc::timed_out);
      if (!blocked_for_ever) talk->peer.allow_output();
      s.clear();
      s.close();
      const bool all = talk->peer.received() == numbered_bytes(100);
      EXPECT_EQ(talk->peer.got_close_notify(), !blocked_for_ever) << sent;
      EXPECT_TRUE(all || s.fail()) << sent;
      EXPECT_TRUE(all || blocked_for_ever) << sent;
    }
  }
}

// What others have left in the thread's error queue is none of a connection's business.
}  // namespace
}  // namespace iostls
