// SPDX-License-Identifier: Apache-2.0
// What one connection counts, without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <openssl/ssl.h>

#include <iostls/connection_counters.hpp>

namespace iostls {
namespace detail {

// A number that one thread at a time adds to, and that any thread may read.
class running_total {
 public:
  void add(std::uint64_t more) noexcept { value_.store(get() + more, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Counts the bytes of one direction and, by their headers, the records in them: a few instructions for
// each record, whichever side has made it.
class record_meter {
 public:
  void add(std::string_view bytes) noexcept;
  std::uint64_t bytes() const noexcept { return bytes_.get(); }
  std::uint64_t records() const noexcept { return records_.get(); }

 private:
  void begin_record() noexcept;

  running_total bytes_;
  running_total records_;
  std::array<unsigned char, 5> header_{};
  std::size_t header_size_ = 0;  // how much of the header there is
  std::size_t left_ = 0;         // of the record, after its header
  bool is_first_ = true;
  bool is_lost_ = false;  // these are not records of TLS
};

// Receiving and sending are each counted by one thread at a time, and key updates by the thread that
// is in OpenSSL.
class traffic_counts {
 public:
  void add_received(std::string_view bytes) noexcept { received_.add(bytes); }
  void add_sent(std::string_view bytes) noexcept { sent_.add(bytes); }
  void add_key_update(bool is_sent) noexcept {
    (is_sent ? updates_sent_ : updates_received_).add(1);
  }

  connection_counters read() const noexcept;

 private:
  record_meter received_;
  record_meter sent_;
  running_total updates_received_;
  running_total updates_sent_;
};

// Has a connection count its key updates there.
void attach_traffic_counts(SSL* ssl, const std::shared_ptr<traffic_counts>& counts);

// For the information callback: counts a key update, if that is what the connection is at.
void note_key_update(const SSL* ssl) noexcept;

}  // namespace detail
}  // namespace iostls
