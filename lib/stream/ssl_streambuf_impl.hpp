// SPDX-License-Identifier: Apache-2.0
// The members of an ssl_streambuf. The get area is std::streambuf's pointers into it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <ios>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <iostls/ssl_streambuf.hpp>

#include "engine/engine.hpp"
#include "openssl/error.hpp"
#include "stream/failure_record.hpp"
#include "stream/library_caller.hpp"
#include "stream/put_area.hpp"
#include "system/wake_pipe.hpp"

namespace iostls {

class [[gnu::visibility("hidden")]] ssl_streambuf::impl {
 public:
  // The payload of one record.
  static constexpr std::size_t record_size = 16 * 1024;
  // How many characters can be put back after a refill.
  static constexpr std::size_t history_size = 16;
  // A get area of up to this size needs no memory of its own.
  static constexpr std::size_t small_get_size = 112;
  // Reads of at least this size go directly into the caller's memory.
  static constexpr std::size_t direct_read_size = 4 * 1024;
  // While output is stuck: how long a read waits for room before it looks for input, and how long it then waits
  // for that. A transport waits for one of them at a time.
  static constexpr std::chrono::milliseconds turn_of_output{20};
  static constexpr std::chrono::milliseconds turn_of_input{1};
  // How much of a block is kept if the input has failed for good.
  static constexpr std::size_t most_kept = 1024 * std::size_t{1024};

  void record(const ssl_error& failure) noexcept {
    if (!connection || connection->has_failed_by(failure.code())) {
      failures.lasting(failure);
    } else {
      failures.passing(failure);
    }
  }

  // Records the failure that is being handled, and returns it.
  ssl_error recorded(const std::exception& handled) {
    ssl_error failure = detail::as_ssl_error(handled);
    record(failure);
    return failure;
  }

  // To be called by the thread that is about to read.
  void note_reader() noexcept {
    const detail::thread_token self = detail::this_thread_token();
    if (reader.load(std::memory_order_relaxed) != self) reader = self;
  }

  // The same failure, with the place of the part of a block that arrived before it.
  ssl_error of_partial_block(const ssl_error& failure, std::size_t size) const try {
    ssl_error::details d;
    d.operation = failure.operation();
    d.message = connection->peer_text();
    if (!d.message.empty()) d.message += ": ";
    d.message += "the first " + std::to_string(size) +
                 " characters of the block are in the memory that was to be read into";
    d.codes = failure.codes();
    d.strings = failure.strings();
    return ssl_error(failure.code(), std::move(d));
  } catch (const std::bad_alloc&) {
    return failure;
  }

  // Throws the postponed failure, if there is one.
  void report_postponed() {
    if (!postponed) return;
    const ssl_error failure = *postponed;
    postponed.reset();
    throw failure;
  }

  using guard = detail::engine::operation_guard;
  using wakes = detail::connection_lock::lock::wakes;

  // Encrypts the content of the put area. If that stops half-way, the area keeps the rest.
  void flush_area(guard & v);
  void flush_area(wakes which = wakes::end_waits);
  // Before reading blocks, pending output of the same thread is sent.
  void flush_before_wait(guard & v, time_point deadline);
  // The same, without waiting for room; for another thread's function of the options up to `latest`.
  void flush_at_once(time_point latest);
  // Output of a read that the transport does not take.
  struct stuck_output {
    bool is_stuck = false;
    time_point by{};                   // when it must have been sent
    std::optional<ssl_error> failure;  // once that has passed, or the transport waits no longer
  };
  bool send_before_wait(guard & v, time_point deadline, stuck_output & stuck);
  bool await_input_for(guard & v, std::chrono::milliseconds time);
  std::optional<std::size_t> encrypt_own_output(guard & v);
  // Leaves sending to somebody who has a time limit of their own.
  void encrypt_area();
  void encrypt_at_once(guard & v);
  // Sends the content of the put area, as far as the transport takes it without waiting.
  void send_at_once(guard & v);
  bool sync_own_output(detail::return_address caller);
  bool flush_own_output();
  // After output has failed: without memory, the next output asks the connection whether it is
  // accepted, and fails, too. What the connection will not take any more is dropped.
  void release_useless_area() noexcept {
    if (!put.is_mine()) return;
    if (connection == nullptr || connection->is_inherited()) {
      if (put.empty())
        put.release();  // without the mutex: another thread may have held it at the fork
    } else {
      put.if_mine([&] {
        if (put.empty() || connection->output_failed()) put.release();
      });
    }
  }
  // To be called before output of this thread is added to the put area.
  void claim_output(wakes which = wakes::end_waits);

  // How much the next refill asks for.
  std::size_t fill_size() const noexcept { return std::min(get_size, expected_fill); }

  void note_fill(std::size_t asked, std::size_t got) noexcept {
    if (got == asked) {
      expected_fill = get_size;
    } else if (got <= detail::put_area::small_size) {
      expected_fill = detail::put_area::small_size;
    }
  }

  char* get_room() { return get.get() + history_size; }

  // Makes room for `size` characters in the get area, behind those that can be put back.
  void prepare_get(std::size_t size) {
    if (get && get_capacity >= size) return;
    get.reset(new char[history_size + size]);
    get_capacity = size;
  }

  void release_get() noexcept {
    get.reset();
    get_capacity = 0;
  }

  // Keeps the last of `size` characters that were consumed.
  void remember(const char* consumed, std::size_t size) noexcept {
    if (size >= history_size) {
      std::memmove(history.data(), consumed + (size - history_size), history_size);
      remembered = history_size;
    } else if (size != 0) {
      std::memmove(history.data(), history.data() + size, history_size - size);
      std::memmove(history.data() + history_size - size, consumed, size);
      remembered = std::min(history_size, remembered + size);
    }
  }

  // The characters that could be put back, for a block that may become unread.
  struct history_mark {
    std::array<char, history_size> characters;
    std::size_t size;
  };
  history_mark mark_history(const char* begin, const char* next) noexcept {
    history_mark mark;
    mark.size = std::min(history_size, static_cast<std::size_t>(next - begin));
    if (mark.size != 0) std::memcpy(mark.characters.data(), next - mark.size, mark.size);
    return mark;
  }
  void restore_history(const history_mark& mark) noexcept {
    remembered = 0;
    remember(mark.characters.data(), mark.size);
  }

  char* history_end() noexcept { return history.data() + history_size; }

  std::unique_ptr<detail::engine> connection;
  // Lets cancel() reach a connection that is still being established.
  std::unique_ptr<detail::wake_pipe> dialing;
  // Guards replacing the two members above against functions that other threads may call: cancel(),
  // expires_at().
  std::mutex exchange_mutex;
  unsigned cancellations = 0;

  std::atomic<bool> started{false};
  std::atomic<bool> flush_on_read{true};
  // A sentry of libc++ was told that there is no white space, since waiting for input has failed.
  bool refused = false;

  std::unique_ptr<char[]> get;
  std::size_t get_capacity = 0;
  std::array<char, history_size + small_get_size>
      history{};  // its end is the place of a small get area
  std::size_t remembered = 0;

  // One thread may read while another one writes: the writer does not use the get area, nor the
  // reader the put area.
  detail::put_area put;
  // The thread that read last.
  std::atomic<detail::thread_token> reader{0};
  std::size_t expected_fill = detail::put_area::small_size;
  std::size_t get_size = record_size;
  std::size_t put_size = record_size;  // 0: output is not buffered

  // A failure that was found by another operation than reading: the next input reports it.
  std::optional<ssl_error> postponed;

  // These override the options.
  std::optional<std::chrono::milliseconds> read_timeout, write_timeout;

  detail::failure_record failures;
  std::atomic<time_point> expiry{(time_point::max)()};
};

}  // namespace iostls
