// SPDX-License-Identifier: Apache-2.0
// A server's stream that exists before its clients, and takes one after the other.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "memory_transport.hpp"
#include "process.hpp"
#include "socket_calls.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

void expect_question(ssl_stream& s, tls_peer& client, const std::string& question) {
  task asking([&] { EXPECT_TRUE(client.write(question + "\n")) << client.error(); });
  std::string line;
  EXPECT_TRUE(std::getline(s, line)) << s.error().message();
  EXPECT_EQ(line, question);
}

class accepting : public testing::Test {
 protected:
  // The client's end; the stream has accepted the other.
  std::unique_ptr<tls_peer> accepted() {
    descriptor_pair pair = tcp_pair();
    stream_.accept(pair.b.release());
    return std::make_unique<tls_peer>(std::move(pair.a), client_peer());
  }

  const ssl_context context_ = ssl_context::server(server_options());
  ssl_server_stream stream_{context_};
};

TEST_F(accepting, a_stream_is_not_open_before) {
  EXPECT_FALSE(stream_.is_open());
  EXPECT_TRUE(stream_.good());
  EXPECT_FALSE(stream_.error());
  stream_ << "x" << std::flush;
  EXPECT_TRUE(stream_.bad());
  EXPECT_EQ(stream_.error(), ssl_errc::closed);
  const auto client = accepted();
  EXPECT_TRUE(stream_.good()) << "success clears the state";
  EXPECT_FALSE(stream_.error());
  expect_question(stream_, *client, "hello");
  client->half_close();
}

TEST_F(accepting, is_repeatable_and_closes_in_order) {
  const auto first = accepted();
  expect_question(stream_, *first, "one");
  stream_ << "unflushed";
  std::string heard;
  task reading([&] {
    heard = first->read_to_end();
    first->close();
  });
  const auto second = accepted();
  reading.join();
  EXPECT_EQ(heard, "unflushed");
  EXPECT_EQ(first->end(), peer_end::close_notify) << first->error();
  expect_question(stream_, *second, "two");
  second->half_close();
}

TEST_F(accepting, a_connection_that_failed_is_replaced) {
  {
    descriptor_pair pair = tcp_pair();
    stream_.accept(pair.b.release());
    write_raw(pair.a.get(), "GET / HTTP/1.0\r\n\r\n");
    stream_.get();
    EXPECT_TRUE(stream_.bad());
  }
  const auto client = accepted();
  EXPECT_TRUE(stream_.good());
  EXPECT_FALSE(stream_.error());
  EXPECT_EQ(stream_.last_error(), nullptr);
  expect_question(stream_, *client, "hello");
  client->half_close();
}

TEST_F(accepting, a_silent_stranger_costs_no_time) {
  connection_options patient;
  patient.close_timeout = std::chrono::minutes(1);
  stream_ = ssl_server_stream(context_, patient);
  descriptor_pair stranger = tcp_pair();
  stream_.accept(stranger.b.release());
  const auto start = std::chrono::steady_clock::now();
  const auto client = accepted();
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(20));
  EXPECT_EQ(read_raw(stranger.a.get()), "");
  client->half_close();
}

TEST_F(accepting, of_a_transport) {
  memory_pair pipe = memory_pipe();
  stream_.accept(std::move(pipe.a));
  ssl_client_stream client(std::move(pipe.b), client_options());
  task asking([&] { client << "hello\n" << std::flush; });
  std::string line;
  EXPECT_TRUE(std::getline(stream_, line)) << stream_.error().message();
  EXPECT_EQ(line, "hello");
  asking.join();
  task closing([&] { client.close(); });
  stream_.close();
}

TEST_F(accepting, uses_the_options_of_the_constructor) {
  connection_options own;
  own.handshake_timeout = milliseconds(20);
  ssl_server_stream s(context_, own);
  for (int i = 0; i != 2; ++i) {
    descriptor_pair pair = tcp_pair();
    s.accept(pair.b.release());
    s.get();
    EXPECT_EQ(s.error(), ssl_errc::timed_out) << s.error().message();
  }
}

TEST_F(accepting, with_what_a_constructor_was_given_beside_a_descriptor) {
  descriptor_pair pair = tcp_pair();
  pair.a.reset();
  ssl_server_stream s(pair.b.release(), server_options());
  descriptor_pair next = tcp_pair();
  s.accept(next.b.release());
  tls_peer client(std::move(next.a), client_peer());
  expect_question(s, client, "hello");
  client.half_close();
}

TEST_F(accepting, after_a_move_both_streams_can) {
  const auto first = accepted();
  ssl_server_stream moved(std::move(stream_));
  const auto second = accepted();  // NOLINT(bugprone-use-after-move): a loop that accepts does so
  expect_question(moved, *first, "one");
  expect_question(stream_, *second, "two");
  ssl_server_stream assigned;
  first->half_close();
  assigned = std::move(moved);
  descriptor_pair pair = tcp_pair();
  assigned.accept(pair.b.release());
  tls_peer third(std::move(pair.a), client_peer());
  expect_question(assigned, third, "three");
  second->half_close();
  third.half_close();
}

TEST_F(accepting, what_was_swapped_accepts_with_the_other_context) {
  ssl_server_stream without;
  swap(without, stream_);
  descriptor_pair pair = tcp_pair();
  EXPECT_THROW(stream_.accept(pair.b.get()), ssl_error);
  EXPECT_NO_THROW(without.accept(pair.b.release()));
}

template <class Accept>
void expect_refused(Accept accept, const std::string& words) {
  try {
    accept();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ssl_error& e) {
    EXPECT_NE(std::string(e.what()).find(words), std::string::npos) << e.what();
  }
}

TEST_F(accepting, nothing_changes_when_it_throws) {
  const auto client = accepted();
  expect_refused([&] { stream_.accept(-1); }, "descriptor -1");
  expect_refused([&] { stream_.accept(std::unique_ptr<transport>()); }, "null");
  expect_refused([&] { stream_.accept(stream_.rdbuf()->fd()); }, "already");
  EXPECT_TRUE(stream_.good());
  expect_question(stream_, *client, "still there");
  client->half_close();
}

TEST_F(accepting, without_a_context_is_refused_and_says_what_to_do) {
  ssl_server_stream s;
  const descriptor_pair pair = tcp_pair();
  expect_refused([&] { s.accept(pair.b.get()); }, "ssl_server_stream s(context)");
  EXPECT_TRUE(is_open(pair.b.get()));
}

TEST_F(accepting, wrong_options_and_contexts_are_refused_by_the_constructor) {
  connection_options wrong;
  wrong.ciphers = "NO-SUCH-CIPHER";
  EXPECT_THROW(ssl_server_stream(context_, wrong), ssl_error);
  EXPECT_THROW(ssl_server_stream(ssl_context::client(client_options())), ssl_error);
}

TEST_F(accepting, loses_no_descriptor) {
  const std::size_t before = fd_count();
  for (int i = 0; i != 20; ++i) {
    descriptor_pair pair = tcp_pair();
    EXPECT_THROW(stream_.accept(-1), ssl_error);
    stream_.accept(pair.b.release());
  }
  stream_.close();
  EXPECT_EQ(fd_count(), before);
}

TEST_F(accepting, what_cancel_meant_while_the_old_connection_was_closed_holds_for_the_new_one) {
  connection_options own;
  own.close_timeout = seconds(20);
  ssl_server_stream s(context_, own);
  descriptor_pair first = tcp_pair();
  tls_peer client(std::move(first.a), client_peer());
  s.accept(first.b.release());
  expect_question(s, client, "one");
  descriptor_pair second = tcp_pair();
  blocked_operation next([&] { s.accept(second.b.release()); });
  EXPECT_TRUE(next.is_blocked());
  s.cancel();
  EXPECT_TRUE(next.ended_within(seconds(5)));
  next.join();
  s.get();
  EXPECT_EQ(s.error(), ssl_errc::canceled) << s.error().message();
}

// A thread for each client, and one object that accepts.
TEST_F(accepting, hands_its_clients_over_to_threads) {
  tcp_listener listener("127.0.0.1");
  const ssl_context trusting = ssl_context::client(client_options());
  task clients([&] {
    for (int i = 0; i != 3; ++i) {
      ssl_client_stream s("localhost", std::to_string(listener.port()), trusting);
      std::string line;
      s << "client " << i << '\n';
      EXPECT_TRUE(std::getline(s, line)) << s.error().message();
      EXPECT_EQ(line, "client " + std::to_string(i));
    }
  });
  for (int i = 0; i != 3; ++i) {
    stream_.accept(listener.accept());
    std::thread serving([s = std::make_shared<ssl_server_stream>(std::move(stream_))] {
      std::string line;
      while (std::getline(*s, line)) *s << line << std::endl;
    });
    serving.join();
  }
}

// The one line of context that a server needs.
TEST(context_of_a_server, is_made_of_a_certificate_alone) {
  const std::string both = localhost().certificate + localhost().key;
  const temp_dir folder;
  const std::string path = folder.write("server.pem", both);
  const std::string missing = folder.path() + "/none.pem";
  static const auto of_path = ssl_context::server(path);
  const ssl_context contexts[] = {of_path, ssl_context::server(path.c_str()),
                                  ssl_context::server(pem_text(both)),
                                  ssl_context::server(pem_source(path))};
  for (const ssl_context& context : contexts) {
    EXPECT_TRUE(context.is_server());
    descriptor_pair pair = tcp_pair();
    ssl_server_stream s(context);
    s.accept(pair.b.release());
    tls_peer client(std::move(pair.a), client_peer());
    expect_question(s, client, "hello");
    client.half_close();
  }
  EXPECT_THROW(ssl_context::server("/no/such/file.pem"), ssl_error);
  EXPECT_THROW(ssl_context::server(missing), ssl_error);
}

}  // namespace
}  // namespace iostls
