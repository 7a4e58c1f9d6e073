// SPDX-License-Identifier: Apache-2.0
// Reading: the get area, and blocks that bypass it.
#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/short_copy.hpp"
#include "engine/operation_guard.hpp"
#include "stream/library_caller.hpp"
#include "stream/ssl_streambuf_impl.hpp"
#include "stream/stream_state.hpp"

namespace iostls {

using detail::engine;

// Reads at least one character into `to`, or into the get area's memory if `to` is null; 0 at the
// clean end. The get area has memory only while it has characters.
std::size_t ssl_streambuf::obtain(impl& m, char* to, std::size_t size) {
  engine& e = *m.connection;
  m.started = true;
  m.note_reader();
  m.report_postponed();
  if (!e.handshake_done()) {
    e.complete_handshake();
    m.flush_at_once(e.read_deadline());  // is sent with the last message of the handshake
    e.handshake();
  }
  engine::operation_guard v(e, "read");
  time_point deadline;
  bool arrived = e.input_buffered(v);
  impl::stuck_output stuck;
  for (bool waited = false;; waited = true) {
    if (arrived) {
      if (to == nullptr) m.prepare_get(size);
      std::size_t got = 0;
      const engine::status s =
          e.read(v, to != nullptr ? to : m.get_room(), size, got, stuck.is_stuck);
      if (s != engine::status::blocked) {
        m.failures.went_on(detail::failure_record::side::input);
        return got;
      }
      if (stuck.failure) {
        m.release_get();
        throw ssl_error(*stuck.failure);
      }
    }
    if (!waited)
      deadline = e.read_deadline();  // sending pending output first takes part of this time
    arrived = true;
    m.release_get();
    if (!m.send_before_wait(v, deadline, stuck)) continue;
    if (waited && engine::clock::now() >= deadline) {
      // A peer that keeps sending records without data would keep each single wait from timing out.
      e.report_late_input();
    }
    e.await_input(v, deadline);
  }
}

// Empties the get area; the characters that were consumed from it, and then from `read`, can be put
// back.
void ssl_streambuf::forget_get_area(impl& m, const char* read, std::size_t size) noexcept {
  if (gptr() != nullptr && gptr() != m.history_end()) {
    m.remembered = 0;  // the area begins with what was remembered
    m.remember(eback(), static_cast<std::size_t>(gptr() - eback()));
  }
  m.remember(read, size);
  setg(m.history_end() - m.remembered, m.history_end(), m.history_end());
}

// When the connection is closed: unread input is dropped if this is the thread that reads. Another
// thread may be reading from the area, whose memory therefore stays.
void ssl_streambuf::discard_input(impl& m) noexcept {
  const detail::thread_token reader = m.reader;
  if (reader != 0 && reader != detail::this_thread_token()) return;
  setg(egptr(), egptr(), egptr());
  m.remembered = 0;
}

// The get area becomes the first `size` characters of get_room(), with the history before them. A few
// of them are moved, since the connection may be idle, and the area stay, for long.
void ssl_streambuf::set_get_area(impl& m, std::size_t size) noexcept {
  char* begin = m.get_room();
  if (size <= impl::small_get_size) {
    detail::copy_short(m.history_end(), begin, size);
    m.release_get();
    begin = m.history_end();
  } else {
    std::memcpy(begin - m.remembered, m.history_end() - m.remembered, m.remembered);
  }
  setg(begin - m.remembered, begin, begin + size);
}

bool ssl_streambuf::fill(impl& m) {
  forget_get_area(m, nullptr, 0);
  const std::size_t size = m.fill_size();
  const std::size_t got = obtain(m, nullptr, size);
  if (got == 0) return false;
  m.note_fill(size, got);
  set_get_area(m, got);
  return true;
}

// The stream also gets badbit: the standard library swallows exceptions while a buffer is copied,
// as in `file << stream.rdbuf()`.
void ssl_streambuf::throw_input_failure(impl& m, const std::exception& handled) {
  m.recorded(handled);
  if (above_.input != nullptr) detail::set_badbit(*above_.input);
  detail::throw_as_ssl_error(handled);
}

ssl_streambuf::int_type ssl_streambuf::underflow() {
  const detail::return_address caller = __builtin_return_address(0);
  if (gptr() < egptr()) return traits_type::to_int_type(*gptr());
  impl& m = ready();
  if (std::exchange(m.refused, false) && above_.input != nullptr && above_.input->bad() &&
      detail::is_unguarded_sentry(caller)) {
    m.refused = true;
    return traits_type::to_int_type('\0');
  }
  try {
    return fill(opened("read")) ? traits_type::to_int_type(*gptr()) : traits_type::eof();
  } catch (const std::exception& e) {
    if (detail::is_unguarded_sentry(caller)) return refused_input(m, e);
    throw_input_failure(m, e);
  }
}

ssl_streambuf::int_type ssl_streambuf::uflow() {
  if (gptr() == egptr()) {
    impl& m = ready();
    try {
      if (!fill(opened("read"))) return traits_type::eof();
    } catch (const std::exception& e) {
      throw_input_failure(m, e);
    }
  }
  const int_type c = traits_type::to_int_type(*gptr());
  gbump(1);
  return c;
}

// For a failure while a sentry of libc++ skips white space, where nothing may be thrown, and an
// end-of-file would set eofbit. On any other character the sentry stops without consuming it. If
// the sentry's stream is the one that uses this buffer, it is no longer good, so the operation does
// not take place. Otherwise the operation continues, inside its try block, and gets the failure
// when it asks for the character. A sentry asks twice before it stops, and an operation once more:
// no later question of the sentry may wait again.
ssl_streambuf::int_type ssl_streambuf::refused_input(impl& m, const std::exception& handled) {
  const ssl_error failure = m.recorded(handled);
  if (above_.input != nullptr && (above_.input->exceptions() & std::ios::badbit) == 0) {
    detail::set_badbit(*above_.input);
    m.refused = true;
  } else {
    m.postponed = failure;
  }
  return traits_type::to_int_type('\0');
}

ssl_streambuf::int_type ssl_streambuf::pbackfail(int_type c) {
  if (gptr() == eback()) return traits_type::eof();
  gbump(-1);
  if (!traits_type::eq_int_type(c, traits_type::eof())) *gptr() = traits_type::to_char_type(c);
  return traits_type::to_int_type(*gptr());
}

// Takes up to this many characters from the get area.
std::size_t ssl_streambuf::take_buffered(char* data, std::size_t size) noexcept {
  const std::size_t taken = std::min(size, static_cast<std::size_t>(egptr() - gptr()));
  if (taken != 0) std::memcpy(data, gptr(), taken);
  setg(eback(), gptr() + taken, egptr());  // gbump takes an int, and the area may hold more
  return taken;
}

// Reads at least one character, unless the input has ended.
std::size_t ssl_streambuf::read_block(impl& m, char* data, std::size_t size) {
  if (gptr() == egptr()) {
    if (size >= std::max(impl::direct_read_size, m.get_size / 4)) {
      forget_get_area(m, nullptr, 0);
      const std::size_t got = obtain(m, data, size);
      forget_get_area(m, data, got);
      return got;
    }
    if (!fill(m)) return 0;
  }
  return take_buffered(data, size);
}

// readsome() without room has asked how much there is, and must learn of a failure, too.
std::streamsize ssl_streambuf::nothing_wanted(impl& m) try {
  m.report_postponed();
  return 0;
} catch (const std::exception& e) {
  throw_input_failure(m, e);
}

std::streamsize ssl_streambuf::xsgetn(char* data, std::streamsize size) {
  impl& m = ready();
  if (size <= 0) return nothing_wanted(m);
  const auto wanted = static_cast<std::size_t>(size);
  const impl::history_mark before = m.mark_history(eback(), gptr());
  std::size_t got = take_buffered(data, wanted);
  try {
    if (got != wanted) opened("read");
    while (got != wanted) {
      const std::size_t n = read_block(m, data + got, wanted - got);
      if (n == 0) break;
      got += n;
    }
  } catch (const std::exception& e) {
    if (got == 0) throw_input_failure(m, e);
    m.restore_history(before);
    throw_with_block_unread(m, detail::as_ssl_error(e), data, got);
  }
  return static_cast<std::streamsize>(got);
}

// A failure after part of a block. A short count would look like the end of the input, so the count
// is 0, and what was read becomes unread. But if no more input can follow, a large part is not
// copied: it stays in the caller's memory, and the error states that.
void ssl_streambuf::throw_with_block_unread(impl& m, ssl_error failure, const char* data,
                                            std::size_t size) {
  const bool may_go_on = !m.connection->input_failed();
  setg(m.history_end() - m.remembered, m.history_end(), m.history_end());
  if (!(may_go_on || size <= std::max(impl::most_kept, m.get_size)) || !unread(m, data, size)) {
    forget_get_area(m, data, size);
    failure = m.of_partial_block(failure, size);
    m.connection->fail_input(failure);
  }
  m.record(failure);
  if (above_.input != nullptr) detail::set_badbit(*above_.input);
  throw ssl_error(failure);
}

// False if there is not enough memory.
bool ssl_streambuf::unread(impl& m, const char* data, std::size_t size) noexcept try {
  m.prepare_get(std::max(size, m.get_size));
  std::memcpy(m.get_room(), data, size);
  set_get_area(m, size);
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

}  // namespace iostls
