// SPDX-License-Identifier: Apache-2.0
// The transport of streams that are made of a descriptor.
#pragma once

#include <sys/types.h>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// Saves two system calls of three where nothing bounds the wait and the descriptor blocks: the
// wait is then the read itself, or the write. A subclass of socket_transport cannot have that, since
// its `wait` may be replaced.
class descriptor_transport final : public socket_transport {
 public:
  using socket_transport::socket_transport;

  io_result wait_and_read(void* data, std::size_t size, time_point deadline) override;
  io_result write_or_wait(const void* data, std::size_t size, time_point deadline) override;

 private:
  bool gave_up(ssize_t result) const noexcept;
};

}  // namespace detail
}  // namespace iostls
