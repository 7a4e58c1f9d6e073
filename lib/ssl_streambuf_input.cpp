// SPDX-License-Identifier: Apache-2.0
// Reading: the get area, and blocks that go past it.
#include <algorithm>
#include <cstring>
#include <locale>
#include <thread>

#include "ssl_streambuf_impl.hpp"
#include "stream_state.hpp"

namespace iostls {

using detail::engine;

// Reads at least one character into `to`, or into the get area's memory if `to` is null; 0 at the
// clean end. Memory for the get area is held only while there is something to put into it.
std::size_t ssl_streambuf::obtain(impl& m, char* to, std::size_t size) {
  engine& e = *m.connection;
  m.started = true;
  m.note_reader();
  if (m.postponed) {
    const ssl_error failure = *m.postponed;
    m.postponed.reset();
    throw failure;
  }
  if (!e.handshake_done()) {
    e.complete_handshake();
    flush_before_wait(m, e.read_deadline());  // goes with the last message of the handshake
    e.handshake();
  }
  time_point deadline;
  bool arrived = e.input_buffered();
  for (bool waited = false;; waited = true) {
    if (arrived) {
      if (to == nullptr) m.prepare_get(size);
      std::size_t got = 0;
      const engine::status s = e.read(to != nullptr ? to : m.get_room(), size, got);
      if (s != engine::status::blocked) return got;
    }
    if (!waited) deadline = e.read_deadline();  // what has to be sent first takes of this time
    flush_before_wait(m, deadline);
    m.release_get();
    if (waited && engine::clock::now() >= deadline) {
      // A peer that keeps sending, but no data, would keep each single wait from timing out.
      throw detail::make_error(ssl_errc::timed_out, "read");
    }
    e.await_input(deadline);
    arrived = true;
  }
}

// The get area becomes empty; what was consumed of it, and then of `read`, can be put back.
void ssl_streambuf::forget_get_area(impl& m, const char* read, std::size_t size) noexcept {
  if (gptr() != nullptr && gptr() != m.history_end()) {
    m.remembered = 0;  // the area begins with what was remembered
    m.remember(eback(), static_cast<std::size_t>(gptr() - eback()));
  }
  m.remember(read, size);
  setg(m.history_end() - m.remembered, m.history_end(), m.history_end());
  m.sentry_mark = nullptr;  // it pointed into the area that was
}

// When the connection is closed: what was not read is gone, if this is the thread that reads. Another
// one may be reading from the area, whose memory therefore stays.
void ssl_streambuf::discard_input(impl& m) noexcept {
  const std::thread::id reader = m.reader;
  if (reader != std::thread::id() && reader != std::this_thread::get_id()) return;
  setg(egptr(), egptr(), egptr());
  m.sentry_mark = nullptr;
  m.remembered = 0;
}

// The get area becomes the first `size` characters of get_room(), with the history before them.
void ssl_streambuf::set_get_area(impl& m, std::size_t size) noexcept {
  char* const begin = m.get_room();
  std::memcpy(begin - m.remembered, m.history_end() - m.remembered, m.remembered);
  setg(begin - m.remembered, begin, begin + size);
  m.sentry_mark = nullptr;
}

bool ssl_streambuf::fill(impl& m) {
  const bool only_space = detail::only_space(m.above.input, m.sentry_mark, gptr());
  forget_get_area(m, nullptr, 0);
  if (only_space) m.sentry_mark = gptr();
  const std::size_t size = m.fill_size();
  const std::size_t got = obtain(m, nullptr, size);
  if (got == 0) return false;
  m.note_fill(size, got);
  set_get_area(m, got);
  if (only_space) m.sentry_mark = gptr();
  return true;
}

ssl_streambuf::int_type ssl_streambuf::underflow() {
  if (gptr() < egptr()) return traits_type::to_int_type(*gptr());
  impl& m = ready();
  try {
    return fill(opened("read")) ? traits_type::to_int_type(*gptr()) : traits_type::eof();
  } catch (const std::exception& e) {
    m.recorded(e);
    if (detail::within_sentry(m.above.input, m.above.watch, m.sentry_mark)) {
      return refused_input(m, e);
    }
    detail::throw_as_ssl_error(e);
  }
}

// Never called by a sentry, so that a failure can simply be thrown.
ssl_streambuf::int_type ssl_streambuf::uflow() {
  if (gptr() == egptr()) {
    impl& m = opened("read");
    m.sentry_mark = nullptr;  // a sentry looks first, so that there is something to take
    try {
      if (!fill(m)) return traits_type::eof();
    } catch (const std::exception& e) {
      m.recorded(e);
      detail::throw_as_ssl_error(e);
    }
  }
  const int_type c = traits_type::to_int_type(*gptr());
  gbump(1);
  return c;
}

// A failure within libc++'s sentry; called while it is handled. See sentry_watch.hpp.
ssl_streambuf::int_type ssl_streambuf::refused_input(impl& m, const std::exception& handled) {
  detail::set_badbit(*m.above.input);
  if ((m.above.input->exceptions() & std::ios::badbit) != 0) {
    detail::throw_as_ssl_error(handled);
  }
  return traits_type::to_int_type('\0');
}

ssl_streambuf::int_type ssl_streambuf::pbackfail(int_type c) {
  if (gptr() == eback()) return traits_type::eof();
  gbump(-1);
  if (!traits_type::eq_int_type(c, traits_type::eof())) *gptr() = traits_type::to_char_type(c);
  return traits_type::to_int_type(*gptr());
}

// A stream is told of a failure by badbit or an exception alone: -1 would make readsome() set
// eofbit, as if the input had ended well.
std::streamsize ssl_streambuf::showmanyc() {
  impl& m = ready();
  try {
    if (!is_open()) throw detail::make_error(ssl_errc::closed, "read");
    if (m.postponed) throw ssl_error(*m.postponed);
    engine& e = *m.connection;
    if (!e.handshake_done()) return 0;
    m.note_reader();
    m.sentry_mark = nullptr;  // no sentry asks for this
    forget_get_area(m, nullptr, 0);
    m.prepare_get(m.get_size);
    std::size_t got = 0;
    const engine::status s = e.read(m.get_room(), m.get_size, got, true);
    if (s == engine::status::data) {
      set_get_area(m, got);
    } else {
      m.release_get();
    }
    return s == engine::status::ended ? -1 : static_cast<std::streamsize>(got);
  } catch (const std::exception& e) {
    m.recorded(e);
    if (m.above.input == nullptr) return -1;
    if ((m.above.input->exceptions() & std::ios::badbit) != 0) detail::throw_as_ssl_error(e);
    detail::set_badbit(*m.above.input);
    return 0;
  }
}

// At least one character, unless the input has ended.
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
  const std::size_t taken = std::min(size, static_cast<std::size_t>(egptr() - gptr()));
  std::memcpy(data, gptr(), taken);
  setg(eback(), gptr() + taken, egptr());  // gbump takes an int, and the area may hold more
  return taken;
}

std::streamsize ssl_streambuf::xsgetn(char* data, std::streamsize size) {
  if (size <= 0) return 0;
  const auto wanted = static_cast<std::size_t>(size);
  std::size_t got = 0;
  ready().sentry_mark = nullptr;  // no sentry reads blocks
  impl& m = opened("read");
  try {
    while (got != wanted) {
      const std::size_t n = read_block(m, data + got, wanted - got);
      if (n == 0) break;
      got += n;
    }
  } catch (const std::exception& e) {
    const ssl_error failure = m.recorded(e);
    if (got == 0) detail::throw_as_ssl_error(e);
    return partly_read(m, failure, data, got);
  }
  return static_cast<std::streamsize>(got);
}

// A failure after part of a block. What has arrived is delivered, and the stream it goes to turns
// bad at once, since a short count alone would look like the end of the input. A stream that wants
// exceptions gets the failure itself; what was read becomes unread then, as an operation that
// throws counts nothing. A buffer without a stream reports with the next call.
std::streamsize ssl_streambuf::partly_read(impl& m, const ssl_error& failure, const char* data,
                                           std::size_t size) {
  if (m.above.input == nullptr) {
    m.postponed = failure;
  } else if ((m.above.input->exceptions() & std::ios::badbit) == 0) {
    detail::set_badbit(*m.above.input);
  } else {
    m.remembered = 0;
    m.prepare_get(std::max(size, m.get_size));
    std::memcpy(m.get_room(), data, size);
    set_get_area(m, size);
    throw ssl_error(failure);
  }
  return static_cast<std::streamsize>(size);
}

}  // namespace iostls
