// SPDX-License-Identifier: Apache-2.0
// A stream of iostls and the oracle at the two ends of one connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <iostls/ssl_stream.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {

// What the stream is, and which protocol version is spoken.
struct variant {
  role stream;
  tls_version version;
};

inline auto all_variants() {
  return testing::Values(
      variant{role::server, tls_version::tls1_2}, variant{role::server, tls_version::tls1_3},
      variant{role::client, tls_version::tls1_2}, variant{role::client, tls_version::tls1_3});
}

// For INSTANTIATE_TEST_SUITE_P: "server_tls1_3".
std::string variant_name(const testing::TestParamInfo<variant>& info);
void PrintTo(const variant& v, std::ostream* out);

class dialogue {
 public:
  using tuning = std::function<void(context_options&)>;

  // The stream has the pair's `b`. The handshake is not done yet. `tune` may change the stream's
  // options.
  explicit dialogue(const variant& v, const tuning& tune = {}, descriptor_pair pair = tcp_pair());
  dialogue(const dialogue&) = delete;
  dialogue& operator=(const dialogue&) = delete;
  // Ends the peer's output first, so that a stream that still exists has nothing to wait for.
  ~dialogue() { peer_.half_close(); }

  // Both ends at once; a failure of either fails the test.
  void handshake();

  ssl_stream& stream() { return *stream_; }
  tls_peer& peer() { return peer_; }
  void destroy_stream() { stream_.reset(); }

  // Waits until the stream's descriptor has seen the end of the connection: a FIN or a reset.
  bool wait_until_hung_up();

  // Runs beside the test: the peer reads to the end, then ends in the orderly way itself.
  // `received` gets what came.
  void answer_close(std::string* received = nullptr);

 private:
  tls_peer peer_;
  std::unique_ptr<ssl_stream> stream_;
};

// As `dialogue`, after the handshake.
std::unique_ptr<dialogue> started(const variant& v, const dialogue::tuning& tune = {},
                                  descriptor_pair pair = tcp_pair());

// Text that shows where a piece of it is missing.
std::string numbered_text(std::size_t size);

}  // namespace test
}  // namespace iostls
