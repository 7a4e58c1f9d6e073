// SPDX-License-Identifier: Apache-2.0
// What the connections of a context count, without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>

#include <openssl/ssl.h>

#include <iostls/context_counters.hpp>

namespace iostls {
namespace detail {

class counter_block {
 public:
  void add_received(std::size_t bytes) noexcept { add(received_.value, bytes); }
  void add_sent(std::size_t bytes) noexcept { add(sent_.value, bytes); }
  void add_handshake(bool resumed) noexcept { add(resumed ? resumed_ : full_, 1); }
  void add_failure(const std::error_code& kind) noexcept;
  void add_alert(bool is_sent, int alert) noexcept;

  context_counters read() const noexcept;

 private:
  using number = std::atomic<std::uint64_t>;

  static void add(number& to, std::uint64_t more) noexcept {
    to.fetch_add(more, std::memory_order_relaxed);
  }

  // Threads that send and threads that receive do not take the memory from each other.
  struct alignas(64) apart {
    number value{0};
  };

  apart received_;
  apart sent_;
  alignas(64) number full_{0};
  number resumed_{0};
  std::array<number, context_counters::kind_count> failures_{};
  std::array<number, context_counters::alert_count> alerts_in_{};
  std::array<number, context_counters::alert_count> alerts_out_{};
};

// Has the connections of a fresh context count their alerts and their key updates.
void apply_counters(SSL_CTX* ctx, const std::shared_ptr<counter_block>& counters);

}  // namespace detail
}  // namespace iostls
