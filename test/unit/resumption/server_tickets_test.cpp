// SPDX-License-Identifier: Apache-2.0
// When a server of TLS 1.3 sends the session tickets that its handshake leaves: nobody waits for them.
#include <memory>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

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

}  // namespace
}  // namespace iostls
