// SPDX-License-Identifier: Apache-2.0
// Finding out what can be read, without consuming anything.
#include <algorithm>
#include <utility>

#include "base/deadline.hpp"
#include "engine/operation_guard.hpp"
#include "stream/library_caller.hpp"
#include "stream/ssl_streambuf_impl.hpp"
#include "stream/stream_state.hpp"

namespace iostls {

using detail::engine;

// Performs the handshake, sends pending output, and fills the get area, as reading does, but waits
// no longer than `limit`. If `limit` has passed already, it sends pending output only if there is
// nothing to read.
ssl_streambuf::sight ssl_streambuf::await_something(impl& m, time_point limit) {
  engine& e = *m.connection;
  m.started = true;
  m.note_reader();
  forget_get_area(m, nullptr, 0);
  try {
    if (!e.handshake_done()) {
      e.complete_handshake(limit);
      m.flush_at_once(limit);  // is sent with the last message of the handshake
      e.handshake(limit);
    }
    engine::operation_guard v(e, "read", impl::wakes::end_waits, limit);
    impl::stuck_output stuck;
    for (bool is_late = false;;) {
      m.prepare_get(m.get_size);
      std::size_t got = 0;
      const engine::status s = e.read(v, m.get_room(), m.get_size, got, true);
      if (s != engine::status::blocked) m.failures.went_on(detail::failure_record::side::input);
      if (s == engine::status::data) set_get_area(m, got);
      if (s == engine::status::data) return sight::data;
      m.release_get();
      if (s == engine::status::ended) return sight::end;
      const bool is_sent = m.send_before_wait(v, limit, stuck);
      const bool was_late = std::exchange(is_late, engine::clock::now() >= limit);
      if (is_late && (is_sent || was_late)) break;
      if (is_late) continue;
      if (is_sent) e.await_input(v, limit);
      if (!stuck.failure) continue;
      if (!m.await_input_for(v, impl::turn_of_output)) break;
      stuck = {};
    }
    e.send_rest_of_handshake(v);
  } catch (const ssl_error& failure) {
    m.release_get();
    if (failure.code() != ssl_errc::timed_out || e.input_failed()) throw;
  }
  return sight::nothing;
}

// With -1, readsome() would set eofbit, as if the input had ended normally. A read that fails does
// not wait, so 1 is correct, and the next read throws. But a stream that has failed cannot read: a loop
// that runs as long as there is something would never end. Only readsome() of another stream on this buffer
// asks in order to read.
std::streamsize ssl_streambuf::showmanyc() {
  const detail::return_address caller = __builtin_return_address(0);
  impl& m = ready();
  try {
    if (m.postponed) throw ssl_error(*m.postponed);
    const sight s = await_something(opened("read"), engine::clock::now());
    return s == sight::end ? -1 : egptr() - gptr();
  } catch (const std::exception& e) {
    if (above_.input == nullptr) {
      m.postponed.reset();
      m.recorded(e);
      detail::throw_as_ssl_error(e);
    }
    const bool cannot_read = above_.input->bad() || above_.input->eof() || !is_open();
    if (cannot_read && !detail::is_readsome(caller)) return 0;
    m.postponed = detail::as_ssl_error(e);
    return 1;
  }
}

bool ssl_streambuf::wait_readable(std::chrono::milliseconds limit) {
  if (gptr() < egptr()) return true;
  impl& m = ready();
  try {
    if (m.postponed) return true;
    const time_point end = std::min(detail::deadline_after(limit), m.expiry.load());
    impl& open = opened("read");
    if (await_something(open, end) != sight::nothing) return true;
    if (engine::clock::now() < m.expiry.load()) return false;
    open.connection->report_late_input();
  } catch (const std::exception& e) {
    m.postponed = detail::as_ssl_error(e);
    return true;
  }
}

}  // namespace iostls
