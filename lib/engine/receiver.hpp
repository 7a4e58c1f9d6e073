// SPDX-License-Identifier: Apache-2.0
// Input on its way from the transport to OpenSSL.
#pragma once

#include <atomic>
#include <system_error>

#include "base/pace.hpp"
#include "engine/connection_monitor.hpp"
#include "engine/connection_state.hpp"
#include "engine/time_limits.hpp"
#include "engine/transport_bio.hpp"

namespace iostls {
namespace detail {

// Reads ahead from the transport into the BIO, without the lock, one thread at a time: `ahead()` of the BIO
// belongs to that thread meanwhile. Knows nothing of TLS. All functions but one are for threads that hold the lock.
class receiver {
 public:
  using lock = connection_monitor::lock;
  using time_point = connection_monitor::time_point;

  receiver(connection_monitor& monitor, connection_state& state, const time_limits& limits,
           transport_bio& bio) noexcept
      : monitor_(monitor), state_(state), limits_(limits), bio_(bio) {}

  // From any thread, without the lock: what waits for input ends with `woken`, or else the next to do so.
  void note_wake() noexcept { ++wakes_; }

  // Whether a thread is receiving.
  bool is_busy() const noexcept { return receiving_; }
  // How often a thread has come back from receiving.
  unsigned receipts() const noexcept { return receipts_; }

  // Whether there is input by now, which may make sending unnecessary, or show why it would fail.
  bool input_available();

  // Waits until something has arrived, or lets another thread do that. `seen` is what `receipts()` was at the
  // time when OpenSSL wanted more: another thread may have received since, and have begun again, and what it
  // got may be all there is to come. Returns `timed_out`, `woken` or nothing: also when the connection was
  // closed or canceled meanwhile.
  std::error_code receive(lock& l, unsigned seen, time_point deadline);

  // The same, where no other thread is receiving, and more is wanted than there is.
  std::error_code receive_more(lock& l, time_point deadline);

 private:
  class reception;

  std::error_code await_other(lock& l, unsigned seen, time_point deadline);
  bool is_woken(unsigned before) const noexcept {
    return wakes_ != before && !limits_.is_closing();
  }
  std::error_code report_wake() noexcept;

  connection_monitor& monitor_;
  connection_state& state_;
  const time_limits& limits_;
  transport_bio& bio_;
  bool receiving_ = false;
  unsigned receipts_ = 0;
  std::atomic<unsigned> wakes_{0};  // how often note_wake() was called
  unsigned reported_wakes_ = 0;     // how many of these were reported
  pace pace_;
};

}  // namespace detail
}  // namespace iostls
