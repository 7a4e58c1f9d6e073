// SPDX-License-Identifier: Apache-2.0
// Writing: the put area, and blocks that go past it.
#include <algorithm>
#include <cstring>
#include <exception>

#include "ssl_streambuf_impl.hpp"

namespace iostls {

using detail::engine;

namespace {

// A block of output that a thread leaves because it is canceled cannot be repeated either.
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

}  // namespace

// Encrypts what the put area holds. If that stops half-way, the area keeps the rest.
void ssl_streambuf::flush_area(impl& m, time_point limit) {
  const auto size = static_cast<std::size_t>(pptr() - pbase());
  if (size == 0) return;
  std::size_t put = 0;
  try {
    m.connection->write(pbase(), size, put, limit);
  } catch (...) {
    if (m.connection->output_failed()) {
      drop_put_area(m);
    } else {
      std::memmove(pbase(), pbase() + put, size - put);
      setp(pbase(), epptr());
      pbump(static_cast<int>(size - put));
    }
    throw;
  }
  setp(pbase(), epptr());
}

void ssl_streambuf::drop_put_area(impl& m) noexcept {
  setp(nullptr, nullptr);
  m.put.reset();
}

// Before reading blocks, what was written goes out. That the peer does not take it any more is no
// reason not to read what it has sent: the failure stays for the next output to report. If hands have
// to be shaken first, it is only encrypted, to go with the end of that; what is more than gathers waits
// until then.
void ssl_streambuf::flush_before_wait(impl& m, time_point deadline) {
  if (!m.flush_on_read || m.connection->output_failed()) return;
  try {
    const bool shakes_hands = !m.connection->handshake_done();
    const auto held = static_cast<std::size_t>(pptr() - pbase());
    if (shakes_hands && held > impl::record_size) return;
    flush_area(m, deadline);
    if (!shakes_hands) m.connection->flush_written(deadline);
  } catch (const ssl_error& e) {
    if (!m.connection->output_failed()) throw;
    m.record(e);
  }
  drop_put_area(m);
}

// Output that failed half-way cannot be repeated, since its caller cannot know how much of it went
// out: a timeout is as final here as any other failure.
template <class Output>
void ssl_streambuf::final_output(impl& m, Output output) {
  m.started = true;
  if (m.above.output != nullptr) m.above.mask = m.above.output->exceptions();
  output_end end(*m.connection);
  try {
    output();
    end.is_seen();
  } catch (const std::exception& e) {
    end.is_seen();
    m.connection->fail_output(m.recorded(e));
    drop_put_area(m);
    detail::throw_as_ssl_error(e);
  }
}

// Makes room for `more` characters behind what the put area holds, as far as its size allows.
void ssl_streambuf::prepare_put(impl& m, std::size_t more) {
  const auto capacity = static_cast<std::size_t>(epptr() - pbase());
  const auto held = static_cast<std::size_t>(pptr() - pbase());
  if (capacity - held >= more || capacity == m.put_size) return;
  const std::size_t size = held + more <= impl::small_area_size
                               ? std::min(impl::small_area_size, m.put_size)
                               : m.put_size;
  std::unique_ptr<char[]> area(new char[size]);
  if (held != 0) std::memcpy(area.get(), pbase(), held);
  m.put = std::move(area);
  setp(m.put.get(), m.put.get() + size);
  pbump(static_cast<int>(held));
}

// There has to be room.
void ssl_streambuf::append(const char* data, std::size_t size) noexcept {
  std::memcpy(pptr(), data, size);
  pbump(static_cast<int>(size));
}

// Adds to what has begun, so that records are full, and encrypts what is full. Tells how much it took.
std::size_t ssl_streambuf::fill_up(impl& m, const char* data, std::size_t size) {
  if (pptr() == pbase()) return 0;
  prepare_put(m, size);
  const std::size_t taken = std::min(size, static_cast<std::size_t>(epptr() - pptr()));
  append(data, taken);
  if (taken != size) flush_area(m);
  return taken;
}

ssl_streambuf::int_type ssl_streambuf::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) {
    return sync() == 0 ? traits_type::not_eof(c) : traits_type::eof();
  }
  const char character = traits_type::to_char_type(c);
  return xsputn(&character, 1) == 1 ? c : traits_type::eof();
}

std::streamsize ssl_streambuf::xsputn(const char* data, std::streamsize size) {
  if (size <= 0) return 0;
  const auto wanted = static_cast<std::size_t>(size);
  if (wanted <= static_cast<std::size_t>(epptr() - pptr())) {
    std::memcpy(pptr(), data, wanted);
    pbump(static_cast<int>(wanted));
    return size;
  }
  impl& m = opened("write");
  final_output(m, [&] {
    engine& e = *m.connection;
    e.require_output();
    const std::size_t done = fill_up(m, data, wanted);
    const std::size_t rest = wanted - done;
    const std::size_t direct = m.put_size != 0 ? rest - rest % m.put_size : rest;
    std::size_t put = 0;
    if (direct != 0) e.write(data + done, direct, put);
    if (direct != rest) {
      prepare_put(m, rest - direct);
      append(data + done + direct, rest - direct);
    }
    if (m.put_size == 0) e.flush();
  });
  return size;
}

// Destructors call this: an ostream's sentry under `unitbuf`, archives, filters. An exception there
// ends the program, so that only a stream that wants exceptions gets one, and none that would come up
// in its sentry or while another is under way. Otherwise the result tells, or, where exceptions() has
// badbit and so would throw in the sentry too, the next output: the failure is latched, or the flush is
// repeated. In libstdc++ 16 exceptions() is empty within that destructor, and badbit would make the
// next output throw, but not what was wrong: hence the look at what exceptions() was before.
int ssl_streambuf::sync() {
  impl& m = ready();
  try {
    engine& e = *opened("write").connection;
    flush_area(m);
    if (m.started || e.handshake_done() || !e.is_open()) e.flush();
  } catch (const std::exception& e) {
    m.recorded(e);
    if (pptr() == pbase()) drop_put_area(m);  // so that the next output fails, too
    if (m.above.output == nullptr) return -1;
    const std::ios::iostate mask = m.above.output->exceptions();
    if ((m.above.output->flags() & std::ios::unitbuf) != 0) {
      return ((mask | m.above.mask) & std::ios::badbit) != 0 ? 0 : -1;
    }
    if ((mask & std::ios::badbit) == 0 || std::uncaught_exceptions() != 0) return -1;
    detail::throw_as_ssl_error(e);
  }
  drop_put_area(m);
  leave_get_area(m);
  return 0;
}

}  // namespace iostls
