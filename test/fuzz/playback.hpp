// SPDX-License-Identifier: Apache-2.0
// A transport that plays bytes and takes in everything. Each arrival has to be waited for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <iostls/transport.hpp>

#include "fuzz_input.hpp"

namespace iostls {
namespace fuzz {

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

}  // namespace fuzz
}  // namespace iostls
