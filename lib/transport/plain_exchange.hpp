// SPDX-License-Identifier: Apache-2.0
// Sends and receives on a socket before TLS begins there, without consuming a byte that may belong
// to TLS.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// The descriptor stays the caller's. All failures are thrown as ssl_error with this operation and
// the name of the peer.
class plain_exchange {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // `peer` is the peer's name in errors; if it is empty, they have its address.
  plain_exchange(int fd, time_point deadline, const char* operation, std::string peer = {});
  plain_exchange(const plain_exchange&) = delete;
  plain_exchange& operator=(const plain_exchange&) = delete;
  ~plain_exchange();

  // Returns what has arrived, at least one byte and at most `most`, without consuming it. Empty at
  // the end. Once the deadline has passed, only the first call still returns what is there: a peer that
  // never stops sending gets no more time than a silent one.
  std::string peek(std::size_t most);
  // Consumes this many bytes, which were peeked at before.
  void skip(std::size_t size);
  void send(std::string_view text);

  [[noreturn]] void fail(std::error_code why, const std::string& words = {},
                         const std::string& advice = {}) const;

 private:
  void wait(transport::event what);

  const time_point deadline_;
  const char* const operation_;
  bool has_peeked_ = false;
  const std::string peer_;
  socket_transport socket_;  // last: if making another member threw, it would close the descriptor
};

}  // namespace detail
}  // namespace iostls
