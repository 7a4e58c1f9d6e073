// SPDX-License-Identifier: Apache-2.0
// The transport of streams that are made from a descriptor.
#pragma once

#include <sys/types.h>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// Saves two of three system calls if there is no time limit and the descriptor is blocking: the
// read or write then does the waiting. A subclass of socket_transport cannot use this, since its
// `wait` may be overridden.
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
