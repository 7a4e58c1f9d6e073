// SPDX-License-Identifier: Apache-2.0
// A peer whose first bytes are the fuzzer's: into a server, or with -DIOSTLS_FUZZ_CLIENT a client.
// Such a peer knows no key, so nothing may be delivered, and the end is no end-of-file.
//
// Input: how many bytes arrive at a time, then the bytes.
#include <iostls/ssl_stream.hpp>

#include <memory>
#include <string>
#include <utility>

#include "fixture.hpp"
#include "fuzz_input.hpp"
#include "playback.hpp"

namespace iostls {
namespace fuzz {
namespace {

std::unique_ptr<ssl_stream> make_stream(std::unique_ptr<transport> transport) {
#ifdef IOSTLS_FUZZ_CLIENT
  static const auto context = ssl_context::client(test::client_options());
  return std::make_unique<ssl_client_stream>(std::move(transport), context);
#else
  static const auto context = ssl_context::server(test::server_options());
  return std::make_unique<ssl_server_stream>(std::move(transport), context);
#endif
}

}  // namespace

void prepare() { test::localhost(); }

void run(fuzz_input input) {
  const std::size_t step = input.byte() + 1;
  const auto stream = make_stream(std::make_unique<playback>(input.rest(), step));
  std::string line;
  expect(!std::getline(*stream, line) && line.empty(), "nothing is delivered");
  expect(stream->bad() && stream->error(), "an end during the handshake is an error");
  *stream << "text" << std::flush;
  expect(stream->bad(), "the failure stays");
  stream->clear();
  stream->close();
  expect_no_openssl_error();
}

}  // namespace fuzz
}  // namespace iostls
