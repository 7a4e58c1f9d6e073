// SPDX-License-Identifier: Apache-2.0
// Whose turn it is: processes, and threads that wait for each other.
#include <algorithm>
#include <cerrno>

#include "engine/engine.hpp"
#include "engine/operation_guard.hpp"
#include "openssl/error.hpp"
#include "system/fork_guard.hpp"

namespace iostls {
namespace detail {

// The first operation decides which process has the connection.
void engine::claim_first(const char* operation) {
  if (is_held_here()) {
    throw make_error(system_code(EDEADLK), operation, "its own transport uses the stream");
  }
  const unsigned here = fork_generation();
  unsigned user = user_.load(std::memory_order_relaxed);
  if (user == nobody && user_.compare_exchange_strong(user, here)) return;
  if (user == here) return;
  throw detail::make_error(ssl_errc::closed, operation,
                           "the connection belongs to the process that has begun to use it");
}

bool engine::is_unclaimed() const noexcept { return user_ == nobody; }

bool engine::is_inherited() const noexcept {
  const unsigned user = user_.load(std::memory_order_relaxed);
  return user != nobody && user != fork_generation();
}

// Whether closing is to have no effect on the connection, since it is another process's, or may be.
bool engine::is_abandoned() const noexcept {
  return is_inherited() || (is_unclaimed() && forks_before_ != fork_count());
}

// Whether `read` has something to report that the transport knows nothing of any more: a thread whose
// sending failed has looked for the reason, and heard what was there.
bool engine::has_news() const noexcept {
  if (input_error_ || input_ended_) return true;
  return SSL_in_init(ssl_.get()) == 0 && SSL_pending(ssl_.get()) > 0;
}

void engine::report_wake(const char* operation) {
  wakes_told_ = wakes_;
  throw make_error(ssl_errc::woken, operation);
}

// False if the deadline has passed.
bool engine::sleep(lock& l, time_point deadline) {
  const lock::pause without(l);
  return changed_.wait(mutex_, deadline);
}

// The same, but not to be left by a thread that is canceled.
bool engine::sleep_on(lock& l, time_point deadline) noexcept {
  static_cast<void>(l);
  const no_cancellation uncanceled;
  holder_.store(0, std::memory_order_relaxed);
  const bool in_time = changed_.wait(mutex_, deadline);
  holder_.store(this_thread_token(), std::memory_order_relaxed);
  return in_time;
}

// For a thread that comes back from outside.
void engine::wait_for_openssl(lock& l) noexcept {
  while (is_apart()) sleep_on(l, never);
}

// For a thread that begins an operation while another one is in OpenSSL, perhaps in a function of the
// options that takes its time.
void engine::wait_for_turn(lock& l, const char* operation) {
  if (apart_ == this_thread_token()) {
    throw make_error(
        system_code(EDEADLK), operation,
        "a function of the options uses the stream that has called it; it may cancel it");
  }
  const time_point deadline = deadline_in(handshake_done_ ? duration(0) : handshake_timeout_);
  while (is_apart()) {
    if (!sleep(l, deadline)) throw make_error(ssl_errc::timed_out, operation);
    check(operation);
  }
}

}  // namespace detail
}  // namespace iostls
