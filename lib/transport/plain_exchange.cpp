// SPDX-License-Identifier: Apache-2.0
#include "transport/plain_exchange.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <iostls/ssl_error.hpp>

#include "openssl/error.hpp"
#include "system/peek.hpp"
#include "system/socket_address.hpp"
#include "transport/transport_calls.hpp"

namespace iostls {
namespace detail {

plain_exchange::plain_exchange(int fd, time_point deadline, const char* operation, std::string peer)
    : deadline_(deadline),
      operation_(operation),
      peer_(peer.empty() ? socket_address::of_peer(fd).text() : std::move(peer)),
      socket_(fd) {}

plain_exchange::~plain_exchange() { static_cast<void>(socket_.release()); }

void plain_exchange::fail(std::error_code why, const std::string& words,
                          const std::string& advice) const {
  if (why == std::errc::timed_out) why = ssl_errc::timed_out;
  throw make_error(why, operation_, peer_ + (peer_.empty() || words.empty() ? "" : ": ") + words, 0,
                   advice);
}

void plain_exchange::wait(transport::event what) {
  const std::error_code failed = socket_.wait(what, deadline_);
  if (failed) fail(failed);
}

std::string plain_exchange::peek(std::size_t most) {
  if (has_peeked_ && std::chrono::steady_clock::now() >= deadline_) fail(ssl_errc::timed_out);
  has_peeked_ = true;
  std::string seen(most, '\0');
  for (;;) {
    const std::ptrdiff_t n = peek_now(socket_.fd(), seen.data(), seen.size());
    if (n >= 0) return seen.substr(0, static_cast<std::size_t>(n));
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      fail(system_code(errno), "descriptor " + std::to_string(socket_.fd()));
    }
    wait(transport::event::readable);
  }
}

void plain_exchange::skip(std::size_t size) {
  std::array<char, 4096> ignored{};
  while (size != 0) {
    const io_result r = read_some(socket_, ignored.data(), std::min(size, ignored.size()));
    if (r.error) fail(r.error);
    if (r.count == 0) fail(ssl_errc::truncated);
    size -= r.count;
  }
}

void plain_exchange::send(std::string_view text) {
  while (!text.empty()) {
    const io_result r = write_or_wait(socket_, text.data(), text.size(), deadline_);
    if (r.error && r.error != std::errc::operation_would_block) fail(r.error);
    text.remove_prefix(r.count);
  }
}

}  // namespace detail
}  // namespace iostls
