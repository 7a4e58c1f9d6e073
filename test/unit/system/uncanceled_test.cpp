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

}  // namespace
}  // namespace test
}  // namespace iostls
