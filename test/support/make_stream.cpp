// SPDX-License-Identifier: Apache-2.0
// Apart from fixture.cpp, so that tests of contexts need no stream.
#include "fixture.hpp"

namespace iostls {
namespace test {
namespace {

template <class Transport>
std::unique_ptr<ssl_stream> stream_over(role r, Transport&& transport,
                                        const context_options& options) {
  if (r == role::server) {
    return std::make_unique<ssl_server_stream>(std::forward<Transport>(transport), options);
  }
  return std::make_unique<ssl_client_stream>(std::forward<Transport>(transport), options);
}

}  // namespace

std::unique_ptr<ssl_stream> make_stream(role r, descriptor fd, const context_options& options) {
  std::unique_ptr<ssl_stream> stream = stream_over(r, fd.get(), options);
  fd.release();  // only now: a constructor that throws leaves the descriptor to its caller
  return stream;
}

std::unique_ptr<ssl_stream> make_stream(role r, std::unique_ptr<transport> transport,
                                        const context_options& options) {
  return stream_over(r, std::move(transport), options);
}

}  // namespace test
}  // namespace iostls
