// SPDX-License-Identifier: Apache-2.0
// Moves input from the transport to OpenSSL.
#pragma once

#include <atomic>
#include <system_error>

#include "base/pace.hpp"
#include "engine/connection_lock.hpp"
#include "engine/connection_state.hpp"
#include "engine/time_limits.hpp"
#include "engine/transport_bio.hpp"

namespace iostls {
namespace detail {

// Reads ahead from the transport into the BIO, without the lock, one thread at a time: `ahead()` of
// the BIO belongs to that thread meanwhile. Does not depend on TLS. All functions except one are
// for threads that hold the lock.
class receiver {
 public:
  using lock = connection_lock::lock;
  using time_point = connection_lock::time_point;

  receiver(connection_lock& monitor, connection_state& state, const time_limits& limits,
           transport_bio& bio) noexcept
      : monitor_(monitor), state_(state), limits_(limits), bio_(bio) {}

  // Callable from any thread, without the lock: ends the wait for input of another thread, or else
  // the next one, with `woken`.
  void note_wake() noexcept { ++wakes_; }

  // Whether a thread is receiving, or this one is: a signal handler may have interrupted it. Need no lock.
  bool is_busy() const noexcept { return receiving_ != 0; }
  bool is_busy_here() const noexcept { return receiving_ == this_thread_token(); }
  // How often a thread has returned from receiving.
  unsigned receipts() const noexcept { return receipts_; }

  // Whether input has arrived, which may make sending unnecessary, or explain why it would fail.
  bool input_available();

  // Waits until something has arrived, or lets another thread do that. `seen` is the value of
  // `receipts()` when OpenSSL wanted more input: since then, another thread may have received
  // something and begun again, and that may be all the input that will ever arrive. Returns
  // `timed_out`, `woken` or no error; the latter also if the connection was closed or canceled
  // meanwhile.
  std::error_code receive(lock& l, unsigned seen, time_point deadline);

  // The same if no other thread is receiving, and more input is needed than there is.
  std::error_code receive_more(lock& l, time_point deadline);

 private:
  class reception;

  std::error_code await_other(lock& l, unsigned seen, time_point deadline);
  bool is_woken(unsigned before) const noexcept {
    return wakes_ != before && !limits_.is_closing();
  }
  std::error_code report_wake() noexcept;

  connection_lock& monitor_;
  connection_state& state_;
  const time_limits& limits_;
  transport_bio& bio_;
  std::atomic<thread_token> receiving_{0};  // the thread that is
  unsigned receipts_ = 0;
  std::atomic<unsigned> wakes_{0};  // how often note_wake() was called
  unsigned reported_wakes_ = 0;     // how many of these were reported
  pace pace_;
};

}  // namespace detail
}  // namespace iostls
