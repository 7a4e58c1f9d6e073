// SPDX-License-Identifier: Apache-2.0
#include "context/counter_block.hpp"

#include <numeric>

#include <openssl/tls1.h>

#include "context/traffic_counts.hpp"
#include "openssl/ctx_ex_data.hpp"

namespace iostls {
namespace detail {
namespace {

using counters_slot = ctx_ex_data<std::shared_ptr<counter_block>>;

std::size_t index_of(ssl_errc kind) noexcept {
  return static_cast<std::size_t>(static_cast<int>(kind) - static_cast<int>(ssl_errc::closed));
}

std::size_t index_of(const std::error_code& code) noexcept {
  if (code.category() == ssl_category()) {
    const std::size_t index = index_of(static_cast<ssl_errc>(code.value()));
    if (index < context_counters::kind_count) return index;
  }
  return index_of(ssl_errc::system_error);
}

extern "C" void count_event(const SSL* ssl, int where, int what) noexcept {
  if ((where & SSL_CB_LOOP) != 0) return note_key_update(ssl);
  if ((where & SSL_CB_ALERT) == 0) return;
  const std::shared_ptr<counter_block>* const counters = counters_slot::get(ssl);
  if (counters != nullptr) (*counters)->add_alert((where & SSL_CB_WRITE) != 0, what & 0xff);
}

template <class From, class To>
void copy(const From& from, To& to) noexcept {
  for (std::size_t i = 0; i != from.size(); ++i) to[i] = from[i].load(std::memory_order_relaxed);
}

template <class Numbers>
std::uint64_t sum_of(const Numbers& numbers) noexcept {
  return std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
}

}  // namespace

void counter_block::add_failure(const std::error_code& kind) noexcept {
  add(failures_[index_of(kind)], 1);
}

void counter_block::add_alert(bool is_sent, int alert) noexcept {
  if (alert == SSL_AD_CLOSE_NOTIFY) return;
  add((is_sent ? alerts_out_ : alerts_in_)[static_cast<std::size_t>(alert)], 1);
}

context_counters counter_block::read() const noexcept {
  context_counters now;
  now.full_handshakes = full_.load(std::memory_order_relaxed);
  now.resumed_handshakes = resumed_.load(std::memory_order_relaxed);
  now.bytes_received = received_.value.load(std::memory_order_relaxed);
  now.bytes_sent = sent_.value.load(std::memory_order_relaxed);
  copy(failures_, now.failures_by_kind);
  copy(alerts_in_, now.alerts_in);
  copy(alerts_out_, now.alerts_out);
  return now;
}

void apply_counters(SSL_CTX* ctx, const std::shared_ptr<counter_block>& counters) {
  counters_slot::put(ctx, std::make_unique<std::shared_ptr<counter_block>>(counters));
  SSL_CTX_set_info_callback(ctx, count_event);
}

}  // namespace detail

std::uint64_t context_counters::failed_handshakes() const noexcept {
  return detail::sum_of(failures_by_kind);
}

std::uint64_t context_counters::failed_handshakes(ssl_errc kind) const noexcept {
  const std::size_t index = detail::index_of(kind);
  return index < kind_count ? failures_by_kind[index] : 0;
}

std::uint64_t context_counters::alerts_received() const noexcept {
  return detail::sum_of(alerts_in);
}

std::uint64_t context_counters::alerts_received(tls_alert alert) const noexcept {
  return alerts_in[static_cast<std::size_t>(alert)];
}

std::uint64_t context_counters::alerts_sent() const noexcept { return detail::sum_of(alerts_out); }

std::uint64_t context_counters::alerts_sent(tls_alert alert) const noexcept {
  return alerts_out[static_cast<std::size_t>(alert)];
}

}  // namespace iostls
