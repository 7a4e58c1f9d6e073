// SPDX-License-Identifier: Apache-2.0
// Writing: the put area, and blocks that bypass it.
#include <algorithm>
#include <exception>

#include "base/deadline.hpp"
#include "engine/operation_guard.hpp"
#include "stream/library_caller.hpp"
#include "stream/ssl_streambuf_impl.hpp"
#include "stream/stream_state.hpp"

namespace iostls {

using detail::engine;

namespace {

// A block of output that a canceled thread has left cannot be repeated either.
class output_end {
 public:
  explicit output_end(engine& e) noexcept : engine_(e) {}
  output_end(const output_end&) = delete;
  output_end& operator=(const output_end&) = delete;
  ~output_end() {
    if (!seen_) engine_.fail_output(detail::make_error(ssl_errc::canceled, "write"));
  }
  void is_seen() noexcept { seen_ = true; }

 private:
  engine& engine_;
  bool seen_ = false;
};

// This much of a put area was encrypted, whatever happened afterwards.
struct taken_output {
  explicit taken_output(detail::put_area& from) noexcept : area(from) {}
  taken_output(const taken_output&) = delete;
  taken_output& operator=(const taken_output&) = delete;
  ~taken_output() {
    area.drop(size);
    if (area.empty()) area.release();
  }

  detail::put_area& area;
  std::size_t size = 0;
};

}  // namespace

void ssl_streambuf::impl::flush_area(engine::operation_guard& v) {
  if (put.empty()) return;
  std::size_t taken = 0;
  try {
    connection->write(v, put.data(), put.size(), taken);
  } catch (...) {
    if (connection->output_failed()) {
      put.release();
    } else {
      put.drop(taken);
    }
    throw;
  }
  put.drop(taken);
}

void ssl_streambuf::impl::flush_area(wakes which) {
  if (put.empty()) return;
  engine::operation_guard v(*connection, "write", which);
  flush_area(v);
}

// If the peer no longer accepts the output, input from the peer is still read: the next output
// reports the failure. Output of another thread is left to that thread: it may be filling the area
// at this moment.
void ssl_streambuf::impl::flush_before_wait(engine::operation_guard& v, time_point deadline) {
  engine& e = *connection;
  if (!flush_on_read || e.output_failed() || !put.may_be_mine()) return;
  try {
    if (!encrypt_own_output(v)) return;
    e.flush_written(v, deadline);
    failures.went_on(detail::failure_record::side::output);
  } catch (const ssl_error& failure) {
    if (!e.output_failed()) throw;
    const engine::operation_guard::pause without_lock(v);
    record(failure);
    put.if_mine([&] { put.release(); });
  }
}

// The peer may not take output before it has been read from. So the caller looks for input between two turns.
// False if there is output that the transport has not taken yet.
bool ssl_streambuf::impl::send_before_wait(engine::operation_guard& v, time_point deadline,
                                           stuck_output& stuck) {
  engine& e = *connection;
  if (put.is_mine_and_released() && !e.has_unsent(v)) return true;  // mostly
  const bool is_first = !stuck.is_stuck;
  time_point turn = e.takes_turns() ? detail::at_once : deadline;
  if (!is_first) turn = std::min(stuck.by, engine::clock::now() + turn_of_output);
  try {
    flush_before_wait(v, turn);
    stuck = {};
    return true;
  } catch (const ssl_error& failure) {
    if (failure.code() != ssl_errc::timed_out || e.output_failed()) throw;
    if (is_first) stuck.by = std::min(deadline, e.output_deadline());
    stuck.is_stuck = true;
    const time_point now = engine::clock::now();
    // A transport may have a limit of its own, and gives up much earlier then.
    const bool gave_up = is_first ? !e.takes_turns() : now + turn_of_output / 2 < turn;
    if (gave_up || now >= stuck.by) {
      stuck.failure = failure;
    } else if (!is_first) {
      await_input_for(v, turn_of_input);
    }
    return false;
  }
}

// False if the transport has given up much earlier.
bool ssl_streambuf::impl::await_input_for(engine::operation_guard& v,
                                          std::chrono::milliseconds time) {
  const time_point end = engine::clock::now() + time;
  try {
    connection->await_input(v, end);
  } catch (const ssl_error& failure) {
    if (failure.code() != ssl_errc::timed_out || connection->input_failed()) throw;
    return engine::clock::now() + time / 2 >= end;
  }
  return true;
}

// Returns how much is left, if this thread is the owner of the put area: none, unless OpenSSL wants
// input first.
std::optional<std::size_t> ssl_streambuf::impl::encrypt_own_output(engine::operation_guard& v) {
  if (put.is_mine_and_released()) return 0;  // mostly: the request was flushed
  const engine::operation_guard::pause without_lock(v);
  std::optional<std::size_t> rest;
  put.pick_up();
  put.if_mine([&] {
    rest = put.size();
    if (put.empty()) return put.release();
    engine::operation_guard w(*connection, "write");
    encrypt_at_once(w);
    rest = put.size();
  });
  return rest;
}

void ssl_streambuf::impl::flush_at_once(time_point latest) {
  try {
    engine::operation_guard v(*connection, "read", wakes::end_waits, latest);
    flush_before_wait(v, detail::at_once);
  } catch (const ssl_error& failure) {
    if (failure.code() != ssl_errc::timed_out || connection->output_failed()) throw;
  }
}

// Output that another thread has left in the area, or encrypted without flushing, is sent first if that thread
// reads: it would do so itself before it waits, but does not look at output that it no longer owns. The last
// reader need not be the next one: so unless it waits for input now, what the transport takes at once is sent.
// The peer may not take more before this end has read.
void ssl_streambuf::impl::claim_output(wakes which) {
  // A function of the options may not write here; a thread that waits for it may hold the area's mutex.
  if (put.is_mine() || connection->is_inherited() || connection->is_used_here()) return;
  const detail::thread_token before = put.claim();
  if (before == 0 || !flush_on_read) return;
  const detail::thread_token last_reader = reader;
  const bool reads = last_reader == 0 || last_reader == before;
  if (!reads && connection->is_receiving()) return;
  engine::operation_guard v(*connection, "write", which);
  if (!reads) return send_at_once(v);
  flush_area(v);
  connection->flush(v);
}

void ssl_streambuf::impl::encrypt_area() {
  if (put.empty()) return;
  if (!connection->handshake_done()) connection->complete_handshake();
  {
    engine::operation_guard v(*connection, "write");
    encrypt_at_once(v);
  }
  flush_area();
}

void ssl_streambuf::impl::encrypt_at_once(engine::operation_guard& v) {
  taken_output taken(put);
  connection->write_at_once(v, put.data(), put.size(), taken.size);
}

void ssl_streambuf::impl::send_at_once(engine::operation_guard& v) {
  encrypt_at_once(v);
  try {
    connection->flush_written(v, detail::at_once);
  } catch (const ssl_error& failure) {
    if (failure.code() != ssl_errc::timed_out) throw;
  }
}

// std::istream's sync(), and a read from an istream that is tied to the output, also synchronise the
// buffer, but beside a thread that writes: what another thread has written is left to that thread.
// Own output is taken out under the area's mutex in any case. Returns whether that was all there
// is to do.
bool ssl_streambuf::impl::sync_own_output(detail::return_address caller) {
  engine& e = *connection;
  if (!e.is_open() || e.is_inherited()) return false;
  if (!e.handshake_done()) {
    if (!detail::is_for_input(caller)) return false;
    if (!put.may_be_mine()) return true;
    e.complete_handshake();
  }
  return flush_own_output() || detail::is_for_input(caller);
}

// False if there is output that this thread does not own, or that OpenSSL does not take yet.
bool ssl_streambuf::impl::flush_own_output() {
  // Waits for its turn here, rather than with the area's mutex.
  engine::operation_guard v(*connection, "write");
  if (encrypt_own_output(v) != std::size_t{0}) return false;
  connection->flush(v);
  failures.went_on(detail::failure_record::side::output);
  return true;
}

ssl_streambuf::impl& ssl_streambuf::opened_for_output() {
  try {
    return opened("write");
  } catch (const ssl_error&) {
    if (above_.output != nullptr) detail::set_badbit(*above_.output);
    throw;
  }
}

// Output that failed half-way cannot be repeated, since its caller cannot know how much of it was
// sent: a timeout is as final here as any other failure. For the same reason, wake() does not end its
// waits for the handshake or for a renegotiation.
template <class Output>
void ssl_streambuf::final_output(impl& m, Output output) {
  m.started = true;
  if (above_.output != nullptr) above_.mask = above_.output->exceptions();
  output_end end(*m.connection);
  try {
    m.claim_output(impl::wakes::are_left);
    output();
    end.is_seen();
  } catch (const std::exception& e) {
    end.is_seen();
    const ssl_error why = detail::as_ssl_error(e);
    m.connection->fail_output(why);
    m.record(why);
    if (m.put.is_mine()) m.put.release();
    if (above_.output != nullptr) detail::set_badbit(*above_.output);
    detail::throw_as_ssl_error(e);
  }
}

// Adds to the pending output, so that records are full, and encrypts full records. Returns how much
// was accepted.
std::size_t ssl_streambuf::fill_up(impl& m, const char* data, std::size_t size) {
  if (m.put.empty()) return 0;
  m.put.prepare(size, m.put_size);
  const std::size_t taken = std::min(size, m.put.room());
  m.put.append(data, taken);
  if (taken != size) m.flush_area(impl::wakes::are_left);
  return taken;
}

ssl_streambuf::int_type ssl_streambuf::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) {
    return sync() == 0 ? traits_type::not_eof(c) : traits_type::eof();
  }
  return impl_ && impl_->put.add(traits_type::to_char_type(c)) ? c : put_character(c);
}

[[gnu::noinline]] ssl_streambuf::int_type ssl_streambuf::put_character(int_type c) {
  const char character = traits_type::to_char_type(c);
  put_block(&character, 1);
  return c;
}

// Most output fits into the area, so this path must stay short. A negative size never fits.
std::streamsize ssl_streambuf::xsputn(const char* data, std::streamsize size) {
  const auto wanted = static_cast<std::size_t>(size);
  if (!impl_ || !impl_->put.fits(wanted)) return size > 0 ? put_block(data, wanted) : 0;
  return static_cast<std::streamsize>(impl_->put.append(data, wanted));
}

// Returns the size.
[[gnu::noinline]] std::streamsize ssl_streambuf::put_block(const char* data, std::size_t size) {
  impl& m = opened_for_output();
  final_output(m, [&] {
    engine& e = *m.connection;
    e.require_output();
    if (e.holds_much()) {
      engine::operation_guard v(e, "write", impl::wakes::are_left);
      e.send_much_held(v);
    }
    const std::size_t done = fill_up(m, data, size);
    const std::size_t rest = size - done;
    const std::size_t direct = m.put_size != 0 ? rest - rest % m.put_size : rest;
    if (direct != 0) {
      engine::operation_guard v(e, "write", impl::wakes::are_left);
      std::size_t put = 0;
      e.write(v, data + done, direct, put);
      if (m.put_size == 0) e.flush(v);
    }
    if (direct != rest) {
      m.put.prepare(rest - direct, m.put_size);
      m.put.append(data + done + direct, rest - direct);
    }
  });
  return static_cast<std::streamsize>(size);
}

void ssl_streambuf::update_keys(key_update_request peer) {
  impl& m = opened("update_keys");
  engine& e = *m.connection;
  e.require_key_update();
  try {
    m.claim_output();
    engine::operation_guard v(e, "update_keys");
    m.flush_area(v);
    e.update_keys(v, peer);
    e.flush(v);
  } catch (const std::exception& failure) {
    m.recorded(failure);
    m.release_useless_area();
    detail::throw_as_ssl_error(failure);
  }
}

// Destructors call this: an ostream's sentry under `unitbuf`, archives, filters. An exception there
// ends the program, so only std::ostream's flush() gets one, and only if the stream wants
// exceptions, has no unitbuf, and no other exception is being handled. Otherwise the result reports
// the failure, or, if exceptions() has badbit and so would throw in a sentry too, the next output:
// the failure is latched, or the flush is repeated. In libstdc++ 16, exceptions() is empty within
// that destructor, and badbit would make the next output throw, but without the reason: so the
// earlier value is used.
int ssl_streambuf::sync() {
  const detail::return_address caller = __builtin_return_address(0);
  impl& m = ready();
  try {
    engine& e = *opened("write").connection;
    // A function of the options, or a transport, that writes to cerr flushes what that is tied to:
    // cout, which may be this stream.
    if (e.is_used_here()) return 0;
    if (m.sync_own_output(caller)) return 0;
    m.claim_output();
    // There is nothing to send before the first use, which makes the connection this process's.
    if (m.started || e.handshake_done() || !e.is_open()) {
      engine::operation_guard v(e, "write");
      m.flush_area(v);
      e.flush(v);
    }
  } catch (const std::exception& e) {
    m.recorded(e);
    m.release_useless_area();
    // The state of the output is the business of those who write.
    if (detail::is_input_sync(caller)) return -1;
    if (above_.output == nullptr) return -1;
    const std::ios::iostate mask = above_.output->exceptions();
    if ((above_.output->flags() & std::ios::unitbuf) != 0) {
      // An exception for bits that are set already would also be thrown for badbit.
      const std::ios::iostate throwing = std::ios::badbit | above_.output->rdstate();
      return ((mask | above_.mask) & throwing) != 0 ? 0 : -1;
    }
    detail::set_badbit(*above_.output);
    const bool is_wanted = (mask & std::ios::badbit) != 0 && std::uncaught_exceptions() == 0;
    if (!is_wanted || !detail::is_flush(caller)) return -1;
    detail::throw_as_ssl_error(e);
  }
  m.failures.went_on(detail::failure_record::side::output);
  m.put.release();
  return 0;
}

}  // namespace iostls
