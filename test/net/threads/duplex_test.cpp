// SPDX-License-Identifier: Apache-2.0
// One thread that reads beside one that writes, and others that interfere.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "dialogue.hpp"
#include "event.hpp"
#include "memory_transport.hpp"
#include "process.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds too_long{2};  // what is asked for is milliseconds

void close_at_once(context_options& o) { o.close_timeout = milliseconds(0); }

// Text of which no two pieces are alike.
std::string varied_text(std::size_t size, unsigned seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i != size; ++i) {
    seed = seed * 1664525u + 1013904223u;
    text[i] = static_cast<char>(seed >> 24);
  }
  return text;
}

// Two streams with a connection between them.
struct two_ends {
  explicit two_ends(descriptor_pair pair, tls_version version = tls_version::tls1_3) {
    context_options for_server = server_options(version);
    context_options for_client = client_options(version);
    close_at_once(for_server);
    close_at_once(for_client);
    server = make_stream(role::server, std::move(pair.a), for_server);
    client = make_stream(role::client, std::move(pair.b), for_client);
  }
  std::unique_ptr<ssl_stream> server, client;
};

void expect_input(std::istream& in, const std::string& expected) {
  std::string received(expected.size(), '\0');
  in.read(&received[0], static_cast<std::streamsize>(received.size()));
  EXPECT_EQ(in.gcount(), static_cast<std::streamsize>(expected.size()));
  EXPECT_TRUE(received == expected) << "the bytes are not those that were sent";
}

void send_in_pieces(std::ostream& out, const std::string& data) {
  std::size_t size = 1;
  for (std::size_t at = 0; at < data.size(); at += size, size = size % 70000 * 3 + 1) {
    size = std::min(size, data.size() - at);
    out.write(&data[at], static_cast<std::streamsize>(size));
  }
  EXPECT_TRUE(out.flush());
}

void expect_both_ways_at_once(two_ends ends, std::size_t size) {
  const std::string to_client = varied_text(size, 1);
  const std::string to_server = varied_text(size, 2);
  ssl_duplex server(*ends.server);
  ssl_duplex client(*ends.client);
  task a([&] { send_in_pieces(server.out(), to_client); });
  task b([&] { send_in_pieces(client.out(), to_server); });
  task c([&] { expect_input(server.in(), to_server); });
  expect_input(client.in(), to_client);
  a.join(), b.join(), c.join();
  EXPECT_FALSE(ends.server->error()) << ends.server->last_error()->what();
  EXPECT_FALSE(ends.client->error()) << ends.client->last_error()->what();
}

class duplex_versions : public testing::TestWithParam<tls_version> {};

INSTANTIATE_TEST_SUITE_P(, duplex_versions,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(duplex_versions, carries_both_ways_at_once_over_a_local_socket) {
  expect_both_ways_at_once(two_ends(socket_pair(), GetParam()), 32 << 20);
}

TEST_P(duplex_versions, carries_both_ways_at_once_over_tcp) {
  expect_both_ways_at_once(two_ends(tcp_pair(), GetParam()), 32 << 20);
}

// Their first operations meet in the handshake, and either end fills what lies between them.
TEST_P(duplex_versions, carries_both_ways_from_the_first_byte_on) {
  for (int i = 0; i != 50; ++i) {
    expect_both_ways_at_once(two_ends(socket_pair(), GetParam()), 1 << 20);
  }
}

// As much as a tool that watches each access to memory can take.
TEST_P(duplex_versions, carries_a_little_both_ways_at_once) {
  expect_both_ways_at_once(two_ends(tcp_pair(), GetParam()), 200000);
}

class duplex : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, duplex, all_variants(), variant_name);

// The oracle serves one thread: it sends a block, asks for new keys, and reads a block, in turn.
void exchange_with_key_updates(tls_peer& peer, const std::string& to_send, std::string& received) {
  constexpr std::size_t block = 65536;
  for (std::size_t at = 0; at != to_send.size(); at += block) {
    ASSERT_TRUE(peer.write(to_send.substr(at, block))) << peer.error();
    if (SSL_version(peer.ssl()) == TLS1_3_VERSION) {
      const int how = at / block % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
      ASSERT_EQ(SSL_key_update(peer.ssl(), how), 1);
    }
    received += peer.read_exactly(block);
  }
}

TEST_P(duplex, survives_key_updates_of_the_peer) {
  const auto d = started(GetParam(), close_at_once);
  const std::string from_peer = varied_text(8 << 20, 3);
  const std::string to_peer = varied_text(8 << 20, 4);
  std::string received;
  ssl_duplex both(d->stream());
  task peer([&] { exchange_with_key_updates(d->peer(), from_peer, received); });
  task writer([&] { send_in_pieces(both.out(), to_peer); });
  expect_input(both.in(), from_peer);
  writer.join(), peer.join();
  EXPECT_TRUE(received == to_peer);
}

TEST_P(duplex, a_blocked_reader_does_not_delay_a_writer) {
  const auto d = started(GetParam(), close_at_once);
  ssl_duplex both(d->stream());
  blocked_operation reader([&] { EXPECT_EQ(both.in().get(), 'x'); });
  ASSERT_TRUE(reader.is_blocked());
  for (int i = 0; i != 100; ++i) {
    both.out() << "line " << i << std::endl;
    EXPECT_EQ(d->peer().read_line(), "line " + std::to_string(i));
  }
  EXPECT_TRUE(both.out().good());
  ASSERT_TRUE(d->peer().write("x"));
}

// Fills the buffers on the way, and then waits.
void write_without_end(std::ostream& out) {
  const std::string block(1 << 16, 'w');
  while (out.write(block.data(), static_cast<std::streamsize>(block.size()))) {
  }
}

TEST_P(duplex, a_blocked_writer_does_not_delay_a_reader) {
  const auto d = started(GetParam(), close_at_once);
  ssl_duplex both(d->stream());
  blocked_operation writer([&] { write_without_end(both.out()); });
  ASSERT_TRUE(writer.is_blocked());
  ASSERT_TRUE(d->peer().write("hello\n"));
  std::string line;
  EXPECT_TRUE(std::getline(both.in(), line));
  EXPECT_EQ(line, "hello");
  d->stream().cancel();
}

void expect_canceled(ssl_stream& s, blocked_operation& operation) {
  ASSERT_TRUE(operation.is_blocked());
  s.cancel();
  EXPECT_TRUE(operation.ended_within(too_long));
  operation.join();
  EXPECT_EQ(s.error(), ssl_errc::canceled) << s.error().message();
}

TEST_P(duplex, cancel_wakes_a_reader) {
  const auto d = started(GetParam(), close_at_once);
  blocked_operation reader([&] { d->stream().get(); });
  expect_canceled(d->stream(), reader);
  EXPECT_TRUE(d->stream().bad());
}

TEST_P(duplex, cancel_wakes_a_reader_that_has_a_deadline) {
  const auto d = started(GetParam(), [](context_options& o) {
    close_at_once(o);
    o.read_timeout = seconds(20);
  });
  blocked_operation reader([&] { d->stream().get(); });
  expect_canceled(d->stream(), reader);
}

TEST_P(duplex, cancel_wakes_a_writer) {
  const auto d = started(GetParam(), close_at_once);
  blocked_operation writer([&] { write_without_end(d->stream()); });
  expect_canceled(d->stream(), writer);
  EXPECT_TRUE(d->stream().bad());
}

TEST_P(duplex, cancel_wakes_a_handshake) {
  dialogue d(GetParam(), close_at_once);
  blocked_operation handshake([&] { EXPECT_THROW(d.stream().do_handshake(), ssl_error); });
  expect_canceled(d.stream(), handshake);
}

TEST_P(duplex, cancel_wakes_both_threads) {
  const auto d = started(GetParam(), close_at_once);
  ssl_duplex both(d->stream());
  blocked_operation reader([&] { both.in().get(); });
  blocked_operation writer([&] { write_without_end(both.out()); });
  ASSERT_TRUE(reader.is_blocked());
  expect_canceled(d->stream(), writer);
  EXPECT_TRUE(reader.ended_within(too_long));
  EXPECT_TRUE(both.in().bad());
  EXPECT_TRUE(both.out().bad());
}

TEST_P(duplex, cancel_holds_for_what_comes_after) {
  const auto d = started(GetParam(), close_at_once);
  d->stream().cancel();
  d->stream().get();
  EXPECT_EQ(d->stream().error(), ssl_errc::canceled);
  d->stream().clear();
  d->stream() << "x" << std::flush;
  EXPECT_TRUE(d->stream().bad());
  EXPECT_EQ(d->stream().error(), ssl_errc::canceled);
}

TEST_P(duplex, views_have_state_bits_of_their_own) {
  const auto d = started(GetParam(), close_at_once);
  ssl_duplex both(d->stream());
  ASSERT_TRUE(d->peer().close_notify());
  EXPECT_EQ(both.in().get(), std::char_traits<char>::eof());
  EXPECT_TRUE(both.in().eof());
  EXPECT_TRUE(both.out().good());
  EXPECT_TRUE(both.out() << "still here\n" << std::flush);
  EXPECT_EQ(d->peer().read_line(), "still here");
}

TEST_P(duplex, reading_does_not_flush_what_another_thread_writes) {
  const auto d = started(GetParam(), close_at_once);
  d->stream().flush();  // session tickets
  {
    ssl_duplex both(d->stream());
    const int before = unread_bytes(d->peer().fd());
    both.out() << "not yet\n";
    blocked_operation reader([&] { EXPECT_EQ(both.in().get(), 'x'); });
    ASSERT_TRUE(reader.is_blocked());
    EXPECT_EQ(unread_bytes(d->peer().fd()), before);
    ASSERT_TRUE(d->peer().write("x"));
    reader.join();
  }
  task peer([&] {
    EXPECT_EQ(d->peer().read_line(), "not yet");
    EXPECT_TRUE(d->peer().write("y"));
  });
  EXPECT_EQ(d->stream().get(), 'y') << "the stream flushes again when the views are gone";
}

// What comes and goes on a connection that a child process has a copy of.
void expect_connection_to_go_on(dialogue& d, const std::function<int()>& child) {
  const int before = unread_bytes(d.peer().fd());
  EXPECT_EQ(run_in_child(child), (child_result{0, 0}));
  EXPECT_EQ(unread_bytes(d.peer().fd()), before) << "the child has sent something";
  EXPECT_TRUE(d.stream() << "from the parent\n" << std::flush);
  EXPECT_EQ(d.peer().read_line(), "from the parent");
  ASSERT_TRUE(d.peer().write("to the parent\n"));
  std::string line;
  EXPECT_TRUE(std::getline(d.stream(), line));
  EXPECT_EQ(line, "to the parent");
}

TEST_P(duplex, a_child_process_that_destroys_the_stream_sends_nothing) {
  const auto d = started(GetParam(), close_at_once);
  expect_connection_to_go_on(*d, [&] {
    d->destroy_stream();
    return 0;
  });
}

TEST_P(duplex, a_child_process_cannot_use_the_stream) {
  const auto d = started(GetParam(), close_at_once);
  expect_connection_to_go_on(*d, [&] {
    d->stream() << "from the child\n" << std::flush;
    const bool refused = d->stream().bad() && d->stream().error() == ssl_errc::closed;
    d->stream().close();
    return refused ? 0 : 1;
  });
}

// At the moment of the fork another thread is inside of OpenSSL, which the child never sees end.
TEST(duplex_child, is_refused_whatever_another_thread_was_doing) {
  const auto script = std::make_shared<transport_script>();
  event inside, forked;
  memory_pair ends = memory_pipe();
  task server([&] {
    ssl_server_stream s(std::move(ends.b), ssl_context::server(server_options()));
    EXPECT_TRUE(s << "x" << std::flush);
    s.get();
  });
  ssl_client_stream stream(faulty_transport(std::move(ends.a), script),
                           ssl_context::client(client_options()));
  EXPECT_EQ(stream.get(), 'x');
  script->on_read = [&](std::uint64_t) {
    inside.happen();
    EXPECT_TRUE(forked.wait());
    return fault();
  };
  task reader([&] { static_cast<void>(stream.rdbuf()->in_avail()); });
  EXPECT_TRUE(inside.wait());
  const auto refused = [&] {
    stream << std::string(100000, 'y');
    const bool is_refused = stream.bad() && stream.error() == ssl_errc::closed;
    stream.clear();
    return is_refused && stream.get() == EOF && stream.error() == ssl_errc::closed ? 0 : 1;
  };
  EXPECT_EQ(run_in_child(refused), (child_result{0, 0}));
  forked.happen();
  reader.join();
  stream.close();
}

// A client that only writes has the session tickets of TLS 1.3 unread when it closes.
TEST(duplex_writer, loses_nothing_when_it_closes_without_having_read) {
  const ssl_context context = ssl_context::client(client_options());
  const auto server_context = make_peer_context(server_peer());
  const std::string sent = varied_text(300000, 6);
  for (int i = 0; i != 100; ++i) {
    descriptor_pair pair = tcp_pair();
    tls_peer server(std::move(pair.a), server_peer(), server_context);
    std::string received;
    task peer([&] {
      received = server.read_to_end();
      server.close();
    });
    ssl_client_stream stream(pair.b.release(), context);
    ssl_duplex both(stream);
    both.out() << sent << std::flush;
    stream.close();
    EXPECT_TRUE(stream.good()) << stream.error().message();
    peer.join();
    ASSERT_TRUE(received == sent) << received.size() << " bytes in run " << i;
    ASSERT_EQ(server.end(), peer_end::close_notify) << server.error();
  }
}

}  // namespace
}  // namespace iostls
