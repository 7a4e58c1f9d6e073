// SPDX-License-Identifier: Apache-2.0
// What is sent and received on a bare socket before TLS begins there: no byte is taken that may be TLS's.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// The descriptor stays the caller's. All failures are thrown as ssl_error with this operation and the name
// of the peer.
class plain_exchange {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // `peer` is how errors name it; if empty, by its address.
  plain_exchange(int fd, time_point deadline, const char* operation, std::string peer = {});
  plain_exchange(const plain_exchange&) = delete;
  plain_exchange& operator=(const plain_exchange&) = delete;
  ~plain_exchange();

  // What has arrived, at least one byte and at most `most`, which stay where they are. Empty at the end.
  std::string peek(std::size_t most);
  // Takes so many bytes, which were seen before.
  void skip(std::size_t size);
  void send(std::string_view text);

  [[noreturn]] void fail(std::error_code why, const std::string& words = {},
                         const std::string& advice = {}) const;

 private:
  void wait(transport::event what);

  socket_transport socket_;
  const time_point deadline_;
  const char* const operation_;
  const std::string peer_;
};

}  // namespace detail
}  // namespace iostls
