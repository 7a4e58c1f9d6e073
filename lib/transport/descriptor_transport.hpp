// SPDX-License-Identifier: Apache-2.0
// The transport of streams that are made from a descriptor.
#pragma once

#include <cstddef>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// Other subclasses of socket_transport may override `wait`; this one is what it is, and saves calls:
// where nothing limits a wait for room and the descriptor blocks, the wait is the write itself. Waiting
// for input is never the reading of it, since `wake` has to end it.
class descriptor_transport : public socket_transport {
 public:
  using socket_transport::socket_transport;

  io_result wait_and_read(void* data, std::size_t size, time_point deadline) override;
  io_result write_or_wait(const void* data, std::size_t size, time_point deadline) override;

 private:
  bool gave_up(std::ptrdiff_t result) const noexcept;
};

}  // namespace detail
}  // namespace iostls
