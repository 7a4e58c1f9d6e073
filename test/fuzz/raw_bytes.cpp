// SPDX-License-Identifier: Apache-2.0
// A peer whose first bytes are the fuzzer's: into a server, or with -DIOSTLS_FUZZ_CLIENT a client.
// Such a peer knows no key, so nothing may be delivered, and the end is no end-of-file.
//
// Input: how many bytes arrive at a time, then the bytes.
#include <iostls/ssl_stream.hpp>

#include <memory>
#include <string>
#include <utility>

#include "fixed_random.hpp"
#include "fixture.hpp"
#include "fuzz_input.hpp"

namespace iostls {
namespace fuzz {
namespace {

// Plays the bytes and takes in everything. Each arrival has to be waited for.
class playback final : public transport {
 public:
  playback(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}

  io_result read_some(void* data, std::size_t size) noexcept override {
    if (at_ == bytes_.size()) return {};
    if (arrived_ == 0) return {0, std::make_error_code(std::errc::operation_would_block)};
    const std::size_t n = bytes_.copy(static_cast<char*>(data), std::min(size, arrived_), at_);
    at_ += n;
    arrived_ -= n;
    return {n, {}};
  }
  io_result write_some(const void*, std::size_t size) noexcept override { return {size, {}}; }
  std::error_code wait(event, time_point) noexcept override {
    expect(++waits_ < 100000, "waiting comes to an end");
    if (arrived_ == 0) arrived_ = std::min(step_, bytes_.size() - at_);
    return {};
  }
  void shutdown_write() noexcept override {}
  void cancel() noexcept override {}
  std::error_code close() noexcept override { return {}; }

 private:
  const std::string bytes_;
  const std::size_t step_;
  std::size_t at_ = 0;
  std::size_t arrived_ = 0;
  unsigned waits_ = 0;
};

std::unique_ptr<ssl_stream> make_stream(std::unique_ptr<transport> transport) {
#ifdef IOSTLS_FUZZ_CLIENT
  static const auto context = ssl_context::client(test::client_options());
  return std::make_unique<ssl_client_stream>(std::move(transport), context);
#else
  static const auto context = ssl_context::server(test::server_options());
  return std::make_unique<ssl_server_stream>(std::move(transport), context);
#endif
}

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

}  // namespace
}  // namespace fuzz
}  // namespace iostls

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  iostls::fuzz::fix_random_numbers();
  iostls::test::localhost();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  iostls::fuzz::rewind_random_numbers();
  iostls::fuzz::run({data, size});
  return 0;
}
