// SPDX-License-Identifier: Apache-2.0
// TLS is ended between two streams of iostls, over transports that are not sockets.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "memory_transport.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::seconds;

constexpr int end_of_file = std::char_traits<char>::eof();

class unwrapping_both : public testing::TestWithParam<tls_version> {
 protected:
  void make(std::unique_ptr<transport> a, std::unique_ptr<transport> b) {
    context_options s = server_options(GetParam()), c = client_options(GetParam());
    s.close_timeout = c.close_timeout = seconds(20);
    server_ = make_stream(role::server, std::move(a), s);
    client_ = make_stream(role::client, std::move(b), c);
  }
  std::unique_ptr<ssl_stream> server_, client_;
};

INSTANTIATE_TEST_SUITE_P(, unwrapping_both,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

std::string read_of(transport& t, std::string got, std::size_t size) {
  char block[64];
  while (got.size() < size) {
    const io_result r = t.wait_and_read(block, sizeof block, transport::time_point::max());
    if (r.error) return got + r.error.message();
    got.append(block, r.count);
  }
  return got;
}

// The n-th byte that the client reads comes alone: so the border between TLS and plaintext is met by
// each split.
TEST_P(unwrapping_both, loses_nothing_wherever_the_input_of_a_transport_is_split) {
  for (std::size_t at = 1; at != 60; ++at) {
    SCOPED_TRACE(at);
    memory_pair pair = memory_pipe();
    const auto script = std::make_shared<transport_script>();
    make(std::move(pair.a), faulty_transport(std::move(pair.b), script));
    task serving([&] { server_->do_handshake(); });
    client_->do_handshake();
    serving.join();
    *server_ << "a line\n" << std::flush;
    unwrapped_connection plain_server;
    task unwrapping([&] {
      plain_server = server_->unwrap();
      plain_server.transport->write_some("plaintext", 9);
    });
    script->on_read = [at](std::uint64_t) { return fault::at_most(at); };
    std::string line;
    ASSERT_TRUE(std::getline(*client_, line)) << client_->error().message();
    unwrapped_connection rest = client_->unwrap();
    unwrapping.join();
    ASSERT_NE(rest.transport, nullptr);
    EXPECT_EQ(rest.fd, -1);
    EXPECT_EQ(read_of(*rest.transport, rest.input, 9), "plaintext");
    EXPECT_EQ(script->closes, 0);
    EXPECT_EQ(script->shutdowns, 0);
    EXPECT_EQ(script->cancels, 0);
    client_.reset();
    EXPECT_EQ(script->closes, 0) << "the transport is not the stream's any more";
  }
}

TEST_P(unwrapping_both, goes_on_both_ways_whichever_comes_first) {
  for (const bool server_first : {false, true}) {
    memory_pair pair = memory_pipe();
    make(std::move(pair.a), std::move(pair.b));
    ssl_stream& first = server_first ? *server_ : *client_;
    ssl_stream& second = server_first ? *client_ : *server_;
    unwrapped_connection a;
    task waiting([&] { a = first.unwrap(); });
    EXPECT_EQ(second.get(), end_of_file);
    second.clear();
    const unwrapped_connection b = second.unwrap();
    waiting.join();
    ASSERT_TRUE(a.transport && b.transport);
    EXPECT_EQ(a.transport->write_some("ping", 4).count, 4u);
    EXPECT_EQ(read_of(*b.transport, b.input, 4), "ping");
    EXPECT_EQ(b.transport->write_some("pong", 4).count, 4u);
    EXPECT_EQ(read_of(*a.transport, a.input, 4), "pong");
  }
}

}  // namespace
}  // namespace iostls
