// SPDX-License-Identifier: Apache-2.0
// The transport of streams that are made from a descriptor.
#pragma once

#include <cstddef>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// Saves two system calls of three where nothing limits a wait for room and the descriptor blocks: the
// wait is then the write itself. Waiting for input is never the reading of it, since `wake` has to end
// it. Other subclasses of socket_transport cannot have that, since they may override `wait`.
class descriptor_transport : public socket_transport {
 public:
  using socket_transport::socket_transport;

  io_result write_or_wait(const void* data, std::size_t size, time_point deadline) override;

 private:
  bool gave_up(std::ptrdiff_t result) const noexcept;
};

}  // namespace detail
}  // namespace iostls
