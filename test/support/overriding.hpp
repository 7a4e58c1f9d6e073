// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {

// One context, and connections of it with an oracle at the other end.
class overriding : public testing::TestWithParam<role> {
 protected:
  role end() const { return GetParam(); }

  static context_options base(role r) {
    context_options o = r == role::server ? server_options() : client_options();
    o.close_timeout = std::chrono::milliseconds(0);
    return o;
  }
  static peer_options other_end(role r) {
    return r == role::server ? client_peer() : server_peer();
  }
  context_options base() const { return base(end()); }
  peer_options other_end() const { return other_end(end()); }

  static ssl_context context_of(role r, const context_options& o) {
    return r == role::server ? ssl_context::server(o) : ssl_context::client(o);
  }
  ssl_context context_of(const context_options& o) const { return context_of(end(), o); }

  static std::unique_ptr<ssl_stream> stream_of(const ssl_context& c, descriptor& fd,
                                               const connection_options& own) {
    std::unique_ptr<ssl_stream> s;
    if (c.is_server()) {
      s = std::make_unique<ssl_server_stream>(fd.get(), c, own);
    } else {
      s = std::make_unique<ssl_client_stream>(fd.get(), c, own);
    }
    fd.release();
    return s;
  }

  struct outcome {
    std::error_code failed;
    connection_info info;
  };

  // Does the handshake.
  static outcome connect(const ssl_context& c, const peer_options& other,
                         const connection_options& own = {}) {
    outcome result;
    descriptor_pair pair = socket_pair();
    tls_peer peer(std::move(pair.a), other);
    const auto stream = stream_of(c, pair.b, own);
    task handshake([&] { peer.handshake(); });
    try {
      result.info = stream->info();
    } catch (const ssl_error& e) {
      result.failed = e.code();
    }
    return result;
  }

  // After the handshake, for `talk(stream, peer)`.
  template <class Talk>
  static void converse(const ssl_context& c, const peer_options& other,
                       const connection_options& own, Talk talk) {
    descriptor_pair pair = tcp_pair(4096);
    tls_peer peer(std::move(pair.a), other);
    const auto stream = stream_of(c, pair.b, own);
    task handshake([&] { EXPECT_TRUE(peer.handshake()) << peer.error(); });
    stream->do_handshake();
    handshake.join();
    talk(*stream, peer);
  }
};

}  // namespace test
}  // namespace iostls
