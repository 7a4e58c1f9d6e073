// SPDX-License-Identifier: Apache-2.0
// The session tickets of a server: how many it sends, and in TLS 1.3, when: nobody waits for them.
#include <memory>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "immediate_peer.hpp"
#include "memory_handshake.hpp"
#include "thrown.hpp"

namespace iostls {
namespace {

using namespace test;

class session_tickets : public testing::Test {
 protected:
  session_tickets() {
    stream.do_handshake();
    EXPECT_EQ(wire.writes, 1u) << "the handshake is one flight of a server's";
    peer.new_records();
  }

  duologue talk{{role::server, tls_version::tls1_3}};
  ssl_stream& stream = *talk.stream;
  immediate_peer& peer = talk.peer;
  transport_script& wire = *talk.wire;
};

TEST_F(session_tickets, go_with_the_first_data) {
  stream << "data" << std::flush;
  EXPECT_EQ(wire.writes, 2u);
  EXPECT_EQ(peer.received(), "data");
  EXPECT_EQ(peer.new_records(), 3);
}

TEST_F(session_tickets, go_before_the_server_waits_for_its_client) {
  int arrived = 0;
  peer.on_wait = [&] {
    arrived += peer.new_records();
    peer.send("question");
  };
  EXPECT_EQ(stream.get(), 'q');
  peer.on_wait = nullptr;
  EXPECT_EQ(arrived, 2);
  EXPECT_EQ(wire.writes, 2u);
}

TEST_F(session_tickets, go_with_the_answer_to_what_has_arrived_already) {
  peer.send("question ");
  std::string word;
  stream >> word;
  EXPECT_EQ(wire.writes, 1u);
  stream << word << std::flush;
  EXPECT_EQ(wire.writes, 2u);
  EXPECT_EQ(peer.received(), "question");
}

TEST_F(session_tickets, go_by_a_flush) {
  stream.flush();
  EXPECT_EQ(peer.new_records(), 2);
}

TEST_F(session_tickets, go_at_the_end) {
  stream.close();
  EXPECT_TRUE(stream.good());
  EXPECT_EQ(peer.new_records(), 3);
  EXPECT_TRUE(peer.got_close_notify());
}

TEST_F(session_tickets, are_no_loss_if_the_client_has_gone) {
  peer.break_output(std::errc::broken_pipe);
  stream.close();
  EXPECT_TRUE(stream.good()) << stream.error().message();
}

TEST_F(session_tickets, do_not_keep_a_server_from_reading_what_a_client_left) {
  peer.send("last words");
  peer.close_notify();
  peer.break_output(std::errc::broken_pipe);
  std::string text;
  EXPECT_TRUE(std::getline(stream, text));
  EXPECT_EQ(text, "last words");
  EXPECT_TRUE(stream.eof());
  EXPECT_FALSE(stream.bad());
}

TEST_F(session_tickets, that_are_lost_do_not_hide_that_data_is) {
  stream << "data";
  peer.break_output(std::errc::broken_pipe);
  stream.close();
  EXPECT_TRUE(stream.fail());
  EXPECT_EQ(stream.error(), std::errc::broken_pipe);
}

// The messages NewSessionTicket that a client gets, in a full handshake or when it resumes.
struct counted {
  explicit counted(SSL* client) {
    SSL_set_msg_callback(client, count);
    SSL_set_msg_callback_arg(client, this);
  }
  static void count(int written, int, int type, const void* data, size_t size, SSL*, void* self) {
    if (written == 0 && type == SSL3_RT_HANDSHAKE && size != 0 &&
        *static_cast<const unsigned char*>(data) == SSL3_MT_NEWSESSION_TICKET) {
      ++static_cast<counted*>(self)->number;
    }
  }
  int number = 0;
};

int tickets_sent(const setting<int>& wanted, bool resumed = false) {
  context_options o = server_options(tls_version::tls1_3);
  o.num_tickets = wanted;
  const ssl_context server = ssl_context::server(o);
  const ssl_context client = ssl_context::client(client_options());
  memory_handshake first(server, client);
  const counted in_full(first.client());
  EXPECT_TRUE(first.run());
  if (!resumed) return in_full.number;
  memory_handshake second(server, client);
  const counted on_return(second.client());
  SSL_set_session(second.client(), first.session().get());
  EXPECT_TRUE(second.run());
  EXPECT_EQ(SSL_session_reused(second.client()), 1);
  return on_return.number;
}

TEST(num_tickets, says_how_many_a_client_of_tls_1_3_gets) {
  EXPECT_EQ(tickets_sent({}), 2);
  EXPECT_EQ(tickets_sent(0), 0);
  EXPECT_EQ(tickets_sent(1), 1);
  EXPECT_EQ(tickets_sent(7), 7);
  EXPECT_EQ(tickets_sent({}, true), 1);
  EXPECT_EQ(tickets_sent(7, true), 1);
}

TEST(num_tickets, is_refused_if_it_is_out_of_range) {
  for (const int number : {-1, 256, 2147483647}) {
    context_options o = server_options();
    o.num_tickets = number;
    const ssl_error e = thrown_by([&] { ssl_context::server(o); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << e.what();
    EXPECT_EQ(e.operation(), "num_tickets") << e.what();
    EXPECT_TRUE(mentions(e, std::to_string(number))) << e.what();
  }
}

}  // namespace
}  // namespace iostls
