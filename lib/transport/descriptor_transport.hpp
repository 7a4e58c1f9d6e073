// SPDX-License-Identifier: Apache-2.0
// The transport of streams that are made from a descriptor.
#pragma once

#include <cstddef>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// Other subclasses of socket_transport may override `wait`; this one is what it is, and saves system
// calls: where nothing limits a wait and the descriptor blocks, the wait is the write or the read
// itself. A read cannot be woken, so that it is the wait only in a process of one thread, where nobody
// could call `wake` meanwhile.
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
