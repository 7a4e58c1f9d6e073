// SPDX-License-Identifier: Apache-2.0
#include <iostls/ssl_stream.hpp>

#include "base/deadline.hpp"
#include "engine/channel_binding.hpp"
#include "openssl/error.hpp"
#include "stream/stream_opening.hpp"
#include "stream/stream_state.hpp"
#include "stream/streambuf_access.hpp"

namespace iostls {

using detail::streambuf_access;

const ssl_context& detail::of_role(bool server, const ssl_context& context) {
  if (context.is_server() == server) return context;
  throw make_error(ssl_errc::bad_configuration, "context",
                   server ? "a server's stream needs a context made by ssl_context::server"
                          : "a client's stream needs a context made by ssl_context::client");
}

ssl_stream::ssl_stream() : std::iostream(nullptr) {
  std::ios::rdbuf(&buffer_);
  streambuf_access::prepare(buffer_);  // connect() would be too late: cancel() may be called before
  attach();
}

// Operations that can fail have succeeded already: only closing is left, whose failure leaves
// nothing undone. It may unwind a thread that is canceled: `buffer` is as it was then.
void ssl_stream::reopen(ssl_streambuf&& buffer) {
  const unsigned before = streambuf_access::cancellations(buffer_);
  streambuf_access::leave(buffer_);
  streambuf_access::open(buffer_, streambuf_access::take(buffer));
  if (streambuf_access::cancellations(buffer_) != before)
    cancel();  // it was meant for both connections
  attach();
  clear();
}

ssl_stream::ssl_stream(ssl_stream&& other)
    : std::iostream(static_cast<std::iostream&&>(other)),  // of `other`, only this base
      buffer_(std::move(other.buffer_)) {
  set_rdbuf(&buffer_);
  attach();
  streambuf_access::try_to_prepare(other.buffer_);
  other.attach();
}

ssl_stream& ssl_stream::operator=(ssl_stream&& other) {
  if (this != &other) {
    std::iostream::operator=(static_cast<std::iostream&&>(other));
    buffer_ = std::move(other.buffer_);
    attach();
    streambuf_access::try_to_prepare(other.buffer_);
    other.attach();
  }
  return *this;
}

void ssl_stream::swap(ssl_stream& other) {
  if (this == &other) return;
  std::iostream::swap(other);
  buffer_.swap(other.buffer_);
  attach();
  other.attach();
}

ssl_stream::~ssl_stream() { streambuf_access::attach(buffer_, nullptr, nullptr); }

void ssl_stream::attach() noexcept { streambuf_access::attach(buffer_, this, this); }

template <class Operation>
auto ssl_stream::judged(Operation operation) -> decltype(operation()) {
  try {
    return operation();
  } catch (...) {
    detail::set_badbit(*this);
    throw;
  }
}

void ssl_stream::do_handshake() {
  judged([this] { buffer_.do_handshake(); });
}

certificate ssl_stream::peer_certificate() {
  return judged([this] { return buffer_.peer_certificate(); });
}

connection_info ssl_stream::info() {
  return judged([this] { return buffer_.info(); });
}

// Only failures of the handshake set the stream's state.
std::string ssl_stream::export_keying_material(const std::string& label, const std::string& context,
                                               std::size_t size) {
  check(detail::export_request{label, true, context, size});
  do_handshake();
  return buffer_.export_keying_material(label, context, size);
}

std::string ssl_stream::export_keying_material(const std::string& label, std::size_t size) {
  check(detail::export_request{label, false, {}, size});
  do_handshake();
  return buffer_.export_keying_material(label, size);
}

std::string ssl_stream::channel_binding(const std::string& type) {
  detail::check_binding_type(type);
  do_handshake();
  return buffer_.channel_binding(type);
}

ssl_session ssl_stream::session() {
  return judged([this] { return buffer_.session(); });
}

template <class Operation>
void ssl_stream::reported(iostate bit, Operation operation) {
  try {
    operation();
  } catch (const std::exception&) {
    detail::set_bits(*this, bit);
    // A failbit is set as by setstate(), which throws for any bit that is set already.
    const iostate wanted = bit == failbit ? rdstate() : bit;
    if ((exceptions() & wanted) != 0) throw;
  }
}

void ssl_stream::close() {
  reported(failbit, [this] { buffer_.close(); });
}

void ssl_stream::shutdown_write() {
  reported(badbit, [this] { buffer_.shutdown_write(); });
}

// What is refused is not a failure of the stream.
void ssl_stream::update_keys(key_update_request peer) {
  streambuf_access::require_key_update(buffer_);
  judged([&] { buffer_.update_keys(peer); });
}

unwrapped_connection ssl_stream::unwrap() {
  return judged([this] { return buffer_.unwrap(); });
}

void ssl_stream::cancel() noexcept { buffer_.cancel(); }

void ssl_stream::wake() noexcept { buffer_.wake(); }

bool ssl_stream::is_open() const { return buffer_.is_open(); }

close_result ssl_stream::closed_how() const noexcept { return buffer_.closed_how(); }

connection_counters ssl_stream::counters() const noexcept { return buffer_.counters(); }

std::string ssl_stream::peer_address() const { return buffer_.peer_address(); }

std::string ssl_stream::local_address() const { return buffer_.local_address(); }

std::error_code ssl_stream::error() const { return buffer_.error(); }

const ssl_error* ssl_stream::last_error() const { return buffer_.last_error(); }

void ssl_stream::expires_after(duration d) { expires_at(detail::deadline_after(d)); }

void ssl_stream::expires_at(time_point when) { buffer_.expires_at(when); }

void ssl_stream::expires_never() { expires_at((time_point::max)()); }

ssl_stream::time_point ssl_stream::expiry() const { return buffer_.expiry(); }

void ssl_stream::read_timeout(std::chrono::milliseconds limit) { buffer_.read_timeout(limit); }

void ssl_stream::write_timeout(std::chrono::milliseconds limit) { buffer_.write_timeout(limit); }

bool ssl_stream::wait_readable(std::chrono::milliseconds limit) {
  return buffer_.wait_readable(limit);
}

ssl_streambuf* ssl_stream::rdbuf() const { return const_cast<ssl_streambuf*>(&buffer_); }

}  // namespace iostls
