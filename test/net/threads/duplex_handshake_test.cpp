// SPDX-License-Identifier: Apache-2.0
// Two threads whose first operations come before the handshake is done.
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "event.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;

struct hold {
  int write;  // which one, from 1
  event reached, ended;
};

// Keeps the thread that writes for the n-th time from coming back.
class holding_transport final : public socket_transport {
 public:
  holding_transport(int fd, hold& h) : socket_transport(fd), hold_(h) {}

  io_result write_some(const void* data, std::size_t size) noexcept override {
    const io_result r = socket_transport::write_some(data, size);
    if (r.count != 0 && ++writes_ == hold_.write) {
      hold_.reached.happen();
      hold_.ended.wait();
    }
    return r;
  }

 private:
  hold& hold_;
  int writes_ = 0;
};

void close_at_once(context_options& o) { o.close_timeout = milliseconds(0); }

class duplex_handshake : public testing::TestWithParam<variant> {
 protected:
  // The flight after which our end needs nothing but its peer's answer.
  static int last_flight(const variant& v) {
    return v.stream == role::client && v.version == tls_version::tls1_2 ? 2 : 1;
  }

  static std::unique_ptr<ssl_stream> stream_over(std::unique_ptr<transport> transport) {
    const variant& v = GetParam();
    context_options options =
        v.stream == role::server ? server_options(v.version) : client_options(v.version);
    close_at_once(options);
    return make_stream(v.stream, std::move(transport), options);
  }

  static peer_options oracle() {
    return GetParam().stream == role::server ? client_peer() : server_peer();
  }
};

INSTANTIATE_TEST_SUITE_P(, duplex_handshake, all_variants(), variant_name);

TEST_P(duplex_handshake, either_thread_may_come_first) {
  for (int i = 0; i != 50; ++i) {
    dialogue d(GetParam(), close_at_once, socket_pair());
    ssl_duplex both(d.stream());
    task reader([&] { EXPECT_EQ(both.in().get(), 'x'); });
    task writer([&] { both.out() << "y" << std::flush; });
    EXPECT_EQ(d.peer().read_some(), "y") << d.peer().error();
    EXPECT_TRUE(d.peer().write("x")) << d.peer().error();
    reader.join(), writer.join();
    ASSERT_FALSE(d.stream().error()) << d.stream().error().message();
  }
}

// The reader has sent the last flight when the writer's data joins the output. If it went on to send
// that as well, two ends that do so would wait for each other: neither of them reads.
TEST_P(duplex_handshake, a_reader_that_does_the_handshake_does_not_send_what_the_writer_adds) {
  descriptor_pair pair = socket_pair();
  hold sending{last_flight(GetParam()), {}, {}};
  const auto stream = stream_over(std::make_unique<holding_transport>(pair.b.release(), sending));
  tls_peer peer(std::move(pair.a), oracle());
  ssl_duplex both(*stream);
  task answers([&] { EXPECT_TRUE(peer.write("x")) << peer.error(); });  // and never reads
  event added;
  task reader([&] { EXPECT_EQ(both.in().get(), 'x'); });
  ASSERT_TRUE(sending.reached.wait());
  task writer([&] {
    const std::string block(60000, 'w');
    both.out().write(block.data(), 60000);
    added.happen();
    while (both.out().write(block.data(), 60000)) {
    }
  });
  EXPECT_TRUE(added.wait()) << "the handshake is done while another thread is sending";
  sending.ended.happen();
  reader.join();
  answers.join();
  EXPECT_TRUE(both.out().good()) << stream->error().message();
  stream->cancel();
}

// The other thread may be in a function of the options for long.
TEST(duplex_handshake_with_a_slow_function, keeps_no_look_at_the_input_beyond_its_limit) {
  event asked, may_go_on;
  dialogue d({role::client, tls_version::tls1_3}, [&](context_options& o) {
    close_at_once(o);
    o.verify_callback = [&](const verify_event& e) {
      if (e.depth != 0) return e.accepted;
      asked.happen();
      may_go_on.wait();
      return e.accepted;
    };
  });
  task peer([&] { d.peer().handshake(); });
  task shaking([&] { d.stream().rdbuf()->do_handshake(); });
  ASSERT_TRUE(asked.wait());
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(d.stream().wait_readable(milliseconds(50)));
  EXPECT_EQ(d.stream().rdbuf()->in_avail(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  may_go_on.happen();
  shaking.join();
  peer.join();
  EXPECT_TRUE(d.stream().good());
  EXPECT_FALSE(d.stream().error());
  ASSERT_TRUE(d.peer().write("data\n"));
  std::string line;
  EXPECT_TRUE(std::getline(d.stream(), line));
  EXPECT_EQ(line, "data");
}

}  // namespace
}  // namespace iostls
