// SPDX-License-Identifier: Apache-2.0
// Moves output from OpenSSL to the transport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <system_error>

#include "engine/byte_buffer.hpp"
#include "engine/connection_lock.hpp"
#include "engine/connection_state.hpp"
#include "engine/transport_bio.hpp"

namespace iostls {
namespace detail {

// Takes the gathered output out of the BIO, and sends it without the lock, one thread at a time:
// what was taken out belongs to that thread meanwhile. Does not depend on TLS, except that it knows
// where the handshake ends in the output. All functions are for threads that hold the lock.
class sender {
 public:
  using lock = connection_lock::lock;
  using time_point = connection_lock::time_point;

  sender(connection_lock& monitor, connection_state& state, transport_bio& bio) noexcept
      : monitor_(monitor), state_(state), bio_(bio) {}

  // Whether a thread is sending, or this one is: a signal handler may have interrupted it.
  bool is_busy() const noexcept { return sending_ != 0; }
  bool is_busy_here() const noexcept { return sending_ == this_thread_token(); }
  // Makes that thread also send what has gathered since; the caller does not wait for it.
  void go_on() noexcept { more_to_send_ = true; }

  // The number of bytes of output up to now, and of those that were sent; the second is valid while
  // no thread is sending.
  std::uint64_t end() const noexcept { return taken_out_ + bio_.gathered().size(); }
  std::uint64_t sent() const noexcept { return taken_out_ - outgoing_.size(); }
  bool has_sent_all() const noexcept {
    return !is_busy() && outgoing_.empty() && bio_.gathered().empty();
  }

  // Marks the output up to now as the handshake's.
  void end_handshake() noexcept { handshake_end_ = end(); }
  // Whether there is output after the handshake's.
  bool has_data() const noexcept { return end() > handshake_end_; }
  // Whether part of the handshake is left to send, and no thread is sending.
  bool has_handshake() const noexcept { return !is_busy() && sent() < handshake_end_; }

  // These return the failure, or `timed_out`: the rest of the output stays then, to be sent later.
  //
  // Sends until nothing is left.
  std::error_code send_all(lock& l, time_point deadline);
  // Sends the output of the handshake, and nothing that was written later: a thread that reads must
  // not wait until the peer accepts that, since the peer may first wait for its own output to be
  // read. For the same reason it does not wait for a thread that is sending.
  std::error_code send_handshake(lock& l, time_point deadline);

  // Sends as much as is possible at once, with the lock held.
  void try_to_send() noexcept;
  void drop_all() noexcept;

 private:
  class sending;

  void take_out() noexcept;
  std::error_code send_first(lock& l, std::size_t size, time_point deadline);
  std::error_code write_out(std::size_t size, time_point deadline);

  connection_lock& monitor_;
  connection_state& state_;
  transport_bio& bio_;
  byte_buffer outgoing_;             // taken out of the BIO by the thread that sends
  std::uint64_t taken_out_ = 0;      // how many bytes of output have been taken out
  std::uint64_t handshake_end_ = 0;  // the output up to this byte belongs to the handshake
  thread_token sending_ = 0;         // the thread that is
  bool more_to_send_ = false;
};

}  // namespace detail
}  // namespace iostls
