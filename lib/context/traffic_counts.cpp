// SPDX-License-Identifier: Apache-2.0
#include "context/traffic_counts.hpp"

#include <algorithm>

#include "openssl/ssl_ex_data.hpp"

namespace iostls {
namespace detail {
namespace {

using counts_slot = ssl_ex_data<std::shared_ptr<traffic_counts>>;

bool is_content_type(unsigned char type) noexcept {
  return type >= SSL3_RT_CHANGE_CIPHER_SPEC && type <= 24;  // 24: heartbeat (RFC 6520)
}

}  // namespace

void record_meter::add(std::string_view bytes) noexcept {
  bytes_.add(bytes.size());
  std::uint64_t complete = 0;
  while (!bytes.empty() && !is_lost_) {
    if (header_size_ < header_.size()) {
      const std::size_t taken = bytes.copy(reinterpret_cast<char*>(header_.data()) + header_size_,
                                           header_.size() - header_size_);
      bytes.remove_prefix(taken);
      header_size_ += taken;
      if (header_size_ < header_.size()) break;
      begin_record();
    }
    const std::size_t taken = (std::min)(left_, bytes.size());
    bytes.remove_prefix(taken);
    left_ -= taken;
    if (left_ == 0 && !is_lost_) {
      ++complete;
      header_size_ = 0;
    }
  }
  if (complete != 0) records_.add(complete);
}

// A client's first record may have the form of SSL 2.0, whose header has two bytes.
void record_meter::begin_record() noexcept {
  const std::size_t first = header_[0];
  if (is_first_ && (first & 0x80U) != 0 && header_[2] == SSL2_MT_CLIENT_HELLO) {
    const std::size_t size = (first & 0x7fU) << 8U | header_[1];
    left_ = size > 3 ? size - 3 : 0;
  } else if (is_content_type(header_[0])) {
    left_ = std::size_t{header_[3]} << 8U | header_[4];
  } else {
    is_lost_ = true;
  }
  is_first_ = false;
}

connection_counters traffic_counts::read() const noexcept {
  connection_counters now;
  now.bytes_received = received_.bytes();
  now.bytes_sent = sent_.bytes();
  now.records_received = received_.records();
  now.records_sent = sent_.records();
  now.key_updates_received = updates_received_.get();
  now.key_updates_sent = updates_sent_.get();
  return now;
}

void attach_traffic_counts(SSL* ssl, const std::shared_ptr<traffic_counts>& counts) {
  counts_slot::put(ssl, counts);
}

// OpenSSL reports each step of its state machine, and is in these states for one step: after a key
// update has come, and after one was made.
void note_key_update(const SSL* ssl) noexcept {
  const OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);
  const bool is_sent = state == TLS_ST_CW_KEY_UPDATE || state == TLS_ST_SW_KEY_UPDATE;
  if (!is_sent && state != TLS_ST_CR_KEY_UPDATE && state != TLS_ST_SR_KEY_UPDATE) return;
  const std::shared_ptr<traffic_counts>* const counts = counts_slot::get(ssl);
  if (counts != nullptr) (*counts)->add_key_update(is_sent);
}

}  // namespace detail
}  // namespace iostls
