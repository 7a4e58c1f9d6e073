// SPDX-License-Identifier: Apache-2.0
// Streams that are closed without ever having been used: an empty upload, an empty answer. The peer has
// to see an end, and not a connection that was cut.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "memory_transport.hpp"
#include "process.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class unused_stream : public testing::TestWithParam<variant> {
 protected:
  static bool is_client() { return GetParam().stream == role::client; }

  // The peer reads to the end while `f` runs; it must be a clean one, with nothing before.
  template <class F>
  static void expect_clean_end(dialogue& d, F f) {
    std::string received;
    task peer([&] { d.answer_close(&received); });
    f();
    peer.join();
    EXPECT_EQ(received, "");
    EXPECT_EQ(d.peer().end(), peer_end::close_notify) << d.peer().error();
  }
  // A client's hello, which a server's destructor waits for.
  static void hear_the_hello(dialogue& d) {
    if (!is_client()) {
      EXPECT_TRUE(wait_readable(d.stream().rdbuf()->fd()));
    }
  }
};

INSTANTIATE_TEST_SUITE_P(, unused_stream, all_variants(), variant_name);

TEST_P(unused_stream, says_its_end_when_it_is_closed) {
  dialogue d(GetParam());
  expect_clean_end(d, [&] { d.stream().close(); });
  EXPECT_TRUE(d.stream().good()) << d.stream().error().message();
  EXPECT_FALSE(d.stream().error());
  EXPECT_EQ(d.stream().closed_how(), close_result::delivered);
}

TEST_P(unused_stream, says_its_end_when_its_output_is_ended) {
  dialogue d(GetParam());
  expect_clean_end(d, [&] { d.stream().shutdown_write(); });
  EXPECT_TRUE(d.stream().good()) << d.stream().error().message();
}

TEST_P(unused_stream, says_its_end_when_it_is_destroyed) {
  dialogue d(GetParam());
  expect_clean_end(d, [&] {
    hear_the_hello(d);
    d.destroy_stream();
  });
}

TEST_P(unused_stream, says_its_end_when_it_is_assigned_to) {
  dialogue d(GetParam());
  expect_clean_end(d, [&] {
    hear_the_hello(d);
    if (is_client()) {
      static_cast<ssl_client_stream&>(d.stream()) = ssl_client_stream();
    } else {
      static_cast<ssl_server_stream&>(d.stream()) = ssl_server_stream();
    }
  });
}

TEST_P(unused_stream, says_its_end_when_it_is_opened_anew) {
  dialogue d(GetParam());
  descriptor_pair next = tcp_pair();
  expect_clean_end(d, [&] {
    hear_the_hello(d);
    if (is_client()) {
      static_cast<ssl_client_stream&>(d.stream()).connect("127.0.0.1", "0", client_options());
    } else {
      static_cast<ssl_server_stream&>(d.stream()).accept(next.b.release());
    }
  });
  next.a.reset();
}

TEST_P(unused_stream, that_was_moved_from_says_nothing) {
  dialogue d(GetParam());
  std::unique_ptr<ssl_stream> moved;
  if (is_client()) {
    moved =
        std::make_unique<ssl_client_stream>(std::move(static_cast<ssl_client_stream&>(d.stream())));
  } else {
    moved =
        std::make_unique<ssl_server_stream>(std::move(static_cast<ssl_server_stream&>(d.stream())));
  }
  d.destroy_stream();
  expect_clean_end(d, [&] { moved->close(); });
  EXPECT_TRUE(moved->good()) << moved->error().message();
}

TEST_P(unused_stream, waits_for_a_silent_peer_no_longer_than_close_timeout_and_reports_it) {
  dialogue d(GetParam(), [](context_options& o) { o.close_timeout = milliseconds(100); });
  const auto start = steady_clock::now();
  d.stream().close();
  EXPECT_LT(steady_clock::now() - start, seconds(5));
  EXPECT_TRUE(d.stream().fail());
  EXPECT_EQ(d.stream().error(), ssl_errc::timed_out) << d.stream().error().message();
  EXPECT_EQ(d.stream().closed_how(), close_result::lost);
}

TEST_P(unused_stream, does_not_wait_at_all_if_close_timeout_is_zero) {
  dialogue d(GetParam(), [](context_options& o) { o.close_timeout = milliseconds(0); });
  d.stream().close();
  EXPECT_TRUE(d.stream().good());
  EXPECT_EQ(d.stream().closed_how(), close_result::unconfirmed);
  EXPECT_EQ(read_raw(d.peer().fd()), "");
}

TEST_P(unused_stream, says_nothing_after_it_was_canceled) {
  dialogue d(GetParam());
  d.stream().cancel();
  d.stream().close();
  EXPECT_TRUE(d.stream().fail());
  EXPECT_EQ(d.stream().error(), ssl_errc::canceled);
  EXPECT_EQ(read_raw(d.peer().fd()), "");
}

TEST_P(unused_stream, reports_that_its_peer_was_gone) {
  dialogue d(GetParam());
  d.peer().close();
  d.stream().close();
  EXPECT_TRUE(d.stream().fail());
  EXPECT_TRUE(d.stream().error());
  EXPECT_EQ(d.stream().closed_how(), close_result::lost);
}

// A function of the options may throw what it likes: no operation that does not say so lets it out.
TEST(unused_client, lets_out_no_exception_of_a_function_that_is_called_on_closing) {
  context_options options = client_options();
  options.verify_callback = [](const verify_event&) -> bool { throw 42; };
  descriptor_pair pair = tcp_pair();
  tls_peer server(std::move(pair.a), server_peer());
  ssl_client_stream s(pair.b.release(), options);
  task peer([&] {
    server.handshake();
    server.close();
  });
  EXPECT_NO_THROW(s.close());
  EXPECT_TRUE(s.fail());
  EXPECT_EQ(s.error(), ssl_errc::handshake_failed) << s.error().message();
}

// Turning away a silent peer costs no time.
TEST(unused_server, is_destroyed_at_once_under_a_silent_stranger) {
  context_options options = server_options();
  options.close_timeout = seconds(20);
  descriptor_pair pair = tcp_pair();
  const auto start = steady_clock::now();
  { ssl_server_stream s(pair.b.release(), options); }
  EXPECT_LT(steady_clock::now() - start, seconds(10));
  EXPECT_EQ(read_raw(pair.a.get()), "");
}

// Nothing bounds a wait in another streambuf.
TEST(unused_client, on_a_streambuf_is_destroyed_without_waiting_in_it) {
  class endless : public std::streambuf {
   public:
    bool asked = false;

   private:
    int_type underflow() override {
      asked = true;
      return traits_type::eof();
    }
    std::streamsize xsputn(const char*, std::streamsize size) override {
      asked = true;
      return size;
    }
  } transport;
  { ssl_client_stream s(std::make_unique<streambuf_transport>(transport), client_options()); }
  EXPECT_FALSE(transport.asked);
}

// The habit of servers with a process for each client: the parent closes its copy, and the child serves.
// What the parent took of the client's hello would be missing there.
TEST(unused_server, that_was_forked_leaves_the_client_to_the_child) {
  descriptor_pair pair = tcp_pair();
  const int fd = pair.b.get();
  tls_peer client(std::move(pair.a), client_peer());
  std::string heard;
  task asking([&] {
    client.write("hello\n");
    heard = client.read_line();
  });
  ASSERT_TRUE(wait_readable(fd));
  auto s = std::make_unique<ssl_server_stream>(pair.b.release(), server_options());
  const child_result served = run_in_child([&] {
    ssl_server_stream own(duplicate(fd).release(), server_options());
    std::string line;
    std::getline(own, line);
    own << line << std::endl;
    own.close();
    return 0;
  });
  EXPECT_EQ(served, (child_result{0, 0}));
  asking.join();
  EXPECT_EQ(heard, "hello");
}

TEST(unused_server, that_was_forked_closes_its_copy_without_a_word) {
  for (const bool destroys : {false, true}) {
    descriptor_pair pair = tcp_pair();
    const descriptor copy = duplicate(pair.b.get());
    tls_peer client(std::move(pair.a), client_peer());
    task asking([&] { EXPECT_TRUE(client.handshake()) << client.error(); });
    ASSERT_TRUE(wait_readable(copy.get()));
    auto s = std::make_unique<ssl_server_stream>(pair.b.release(), server_options());
    EXPECT_EQ(run_in_child([] { return 0; }), (child_result{0, 0}));
    if (!destroys) {
      s->close();
      EXPECT_TRUE(s->good()) << s->error().message();
    }
    s.reset();
    ssl_server_stream own(duplicate(copy.get()).release(), server_options());  // as the child would
    EXPECT_NO_THROW(own.do_handshake());
    asking.join();
    client.half_close();
  }
}

}  // namespace
}  // namespace iostls
