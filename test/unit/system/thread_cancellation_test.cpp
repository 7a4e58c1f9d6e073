// SPDX-License-Identifier: Apache-2.0
// What pthread_cancel(3) does not interrupt, since nothing could unwind from there.
#include <chrono>
#include <memory>

#include <gtest/gtest.h>
#include <pthread.h>
#include <iostls/iostls.hpp>

#include "canceled_thread.hpp"
#include "descriptor.hpp"
#include "engine/engine.hpp"
#include "fixture.hpp"
#include "process.hpp"
#include "system/sockets.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {
namespace {

// Whether a thread that is canceled already comes to the end of `body`.
bool comes_to_its_end(const std::function<void()>& body) {
  bool done = false;
  EXPECT_TRUE(unwinds([&] {
    body();
    done = true;
    pthread_testcancel();
  }));
  return done;
}

TEST(canceled_thread, closes_a_descriptor) {
  const auto before = fd_count();
  descriptor_pair pair = socket_pair();
  pair.b.reset();
  bool closed = false;
  EXPECT_TRUE(comes_to_its_end([&] { closed = detail::close_descriptor(pair.a.release()); }));
  EXPECT_TRUE(closed);
  EXPECT_EQ(fd_count(), before);
}

// Its destructor performs the handshake, for which it waits.
TEST(canceled_thread, destroys_an_engine_that_was_never_used) {
  descriptor_pair pair = socket_pair();
  connection_options own;
  own.close_timeout = std::chrono::milliseconds(50);
  auto engine = std::make_unique<detail::engine>(ssl_context::client(client_options()), own);
  engine->open(std::make_unique<socket_transport>(pair.a.release()));
  EXPECT_TRUE(comes_to_its_end([&] { engine.reset(); }));
  EXPECT_FALSE(read_raw(pair.b.get()).empty());
}

// A transport of a program's own, in which threads may be canceled.
class cancelable_transport : public socket_transport {
 public:
  using socket_transport::socket_transport;
  io_result read_some(void* data, std::size_t size) override {
    pthread_testcancel();
    return socket_transport::read_some(data, size);
  }
};

// OpenSSL asks the transport by itself then.
TEST(canceled_thread, looks_whether_there_is_input) {
  descriptor_pair pair = socket_pair();
  tls_peer peer(std::move(pair.a), server_peer());
  const auto stream = make_stream(
      role::client, std::make_unique<cancelable_transport>(pair.b.release()), client_options());
  task handshake([&] { peer.handshake(); });
  stream->do_handshake();
  handshake.join();
  ASSERT_TRUE(peer.write("hello"));
  std::streamsize there = 0;
  EXPECT_TRUE(comes_to_its_end([&] { there = stream->rdbuf()->in_avail(); }));
  EXPECT_EQ(there, 5);
}

}  // namespace
}  // namespace test
}  // namespace iostls
