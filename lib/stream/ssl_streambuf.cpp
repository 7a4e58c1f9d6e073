// SPDX-License-Identifier: Apache-2.0
// Opening, moving and closing an ssl_streambuf; see ssl_streambuf_input.cpp and
// ssl_streambuf_output.cpp for reading and writing.
#include <exception>
#include <utility>

#include <iostls/native.hpp>
#include <iostls/ssl_streambuf.hpp>

#include "context/context.hpp"
#include "engine/channel_binding.hpp"
#include "engine/engine.hpp"
#include "openssl/error.hpp"
#include "openssl/openssl_lifetime.hpp"
#include "stream/ssl_streambuf_impl.hpp"
#include "stream/streambuf_access.hpp"

namespace iostls {

using detail::engine;
using detail::make_error;

template <class Operation>
auto ssl_streambuf::recorded(Operation operation) -> decltype(operation()) {
  try {
    return operation();
  } catch (const std::exception& e) {
    ready().recorded(e);
    std::rethrow_if_nested(e);  // thrown by a function of an option
    detail::throw_as_ssl_error(e);
  }
}

ssl_streambuf::ssl_streambuf() noexcept { detail::outlive_statics(); }

ssl_streambuf::ssl_streambuf(int fd, const ssl_context& context,
                             const connection_options& options) {
  detail::streambuf_access::open(*this, fd, context, options);
}

ssl_streambuf::ssl_streambuf(std::unique_ptr<transport> transport, const ssl_context& context,
                             const connection_options& options) {
  detail::streambuf_access::open(*this, std::move(transport), context, options);
}

ssl_streambuf::ssl_streambuf(ssl_streambuf&& other) noexcept
    : std::streambuf(other), impl_(std::move(other.impl_)) {
  other.leave_areas();
  hand_over();
}

ssl_streambuf& ssl_streambuf::operator=(ssl_streambuf&& other) noexcept {
  if (this != &other) {
    ssl_streambuf taken(std::move(other));
    swap(taken);
  }
  return *this;
}

void ssl_streambuf::swap(ssl_streambuf& other) noexcept {
  std::streambuf::swap(other);
  impl_.swap(other.impl_);
  hand_over();
  other.hand_over();
}

// The next thread that uses the buffer at its new place sends the pending output.
void ssl_streambuf::hand_over() noexcept {
  if (impl_) impl_->put.hand_over();
}

ssl_streambuf::~ssl_streambuf() {
  if (is_open()) {
    const detail::no_cancellation uncanceled;
    try {
      close(detail::close_kind::implied);
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): cannot be reported
    }
  }
  if (!impl_ || (impl_->connection && impl_->connection->is_inherited())) return;
  // The call of cancel() that has woken this thread may not have returned yet.
  const std::lock_guard<std::mutex> until_it_has(impl_->exchange_mutex);
}

ssl_streambuf::impl& ssl_streambuf::ready() {
  if (!impl_) impl_ = std::make_unique<impl>();
  return *impl_;
}

ssl_streambuf::impl& ssl_streambuf::opened(const char* operation) {
  impl& m = ready();
  if (m.connection) return m;
  // A buffer that could not be opened keeps reporting the reason.
  const ssl_error* const why = m.failures.latest();
  if (why != nullptr && why->code() != ssl_errc::closed) throw ssl_error(*why);
  const ssl_error e = make_error(ssl_errc::closed, operation);
  m.record(e);
  throw e;
}

void ssl_streambuf::open(std::unique_ptr<engine> connection) noexcept {
  leave_areas();
  {
    const std::lock_guard<std::mutex> l(impl_->exchange_mutex);
    connection->expires_at(impl_->expiry);
    if (impl_->read_timeout) connection->set_read_timeout(*impl_->read_timeout);
    if (impl_->write_timeout) connection->set_write_timeout(*impl_->write_timeout);
    impl_->connection.swap(connection);
  }
  impl_->put.release();
  impl_->remembered = 0;
  impl_->reader = 0;
  impl_->started = false;
  impl_->postponed.reset();
}

void ssl_streambuf::leave_areas() noexcept { setg(nullptr, nullptr, nullptr); }

void ssl_streambuf::do_handshake() {
  impl& m = opened("handshake");
  recorded([&] { m.connection->handshake(); });
  m.failures.went_on(detail::failure_record::side::handshake);
}

certificate ssl_streambuf::peer_certificate() {
  impl& m = opened("handshake");
  return recorded([&] { return m.connection->peer_certificate(); });
}

connection_info ssl_streambuf::info() {
  impl& m = opened("handshake");
  return recorded([&] { return m.connection->info(); });
}

ssl_session ssl_streambuf::session() {
  impl& m = opened("handshake");
  return recorded([&] { return m.connection->session(); });
}

// A refusal here is not a failure of the connection.
std::string ssl_streambuf::exported(const detail::export_request& request) {
  check(request);
  do_handshake();
  std::string material;
  impl_->connection->examine([&](SSL* ssl) { material = detail::exported(ssl, request); });
  return material;
}

std::string ssl_streambuf::export_keying_material(const std::string& label,
                                                  const std::string& context, std::size_t size) {
  return exported({label, true, context, size});
}

std::string ssl_streambuf::export_keying_material(const std::string& label, std::size_t size) {
  return exported({label, false, {}, size});
}

std::string ssl_streambuf::channel_binding(const std::string& type) {
  detail::check_binding_type(type);
  do_handshake();
  std::string value;
  impl_->connection->examine([&](SSL* ssl) { value = detail::channel_binding(ssl, type); });
  return value;
}

void ssl_streambuf::close() { close(detail::close_kind::asked_for); }

void ssl_streambuf::close(detail::close_kind kind) {
  impl& m = opened("close");
  if (!is_open()) return;
  if (!m.connection->is_inherited()) m.put.claim();
  struct cleaner {
    ssl_streambuf& buffer;
    impl& m;
    ~cleaner() {
      m.put.release();
      buffer.discard_input(m);
    }
  };
  const cleaner at_end{*this, m};
  try {
    m.connection->close(m.put.data(), m.put.size(), kind);
  } catch (const std::exception& e) {
    m.failures.lasting(detail::as_ssl_error(e));
    detail::throw_as_ssl_error(e);
  }
  m.failures.settled();
}

void ssl_streambuf::shutdown_write() {
  impl& m = opened("close");
  try {
    m.claim_output();
    m.flush_area();
    m.connection->shutdown_write();
  } catch (const std::exception& e) {
    m.recorded(e);
    m.release_useless_area();
    detail::throw_as_ssl_error(e);
  }
  m.put.release();
}

void ssl_streambuf::cancel() noexcept {
  if (!impl_) return;
  const std::lock_guard<std::mutex> l(impl_->exchange_mutex);
  ++impl_->cancellations;
  if (impl_->dialing) impl_->dialing->wake();
  if (impl_->connection) impl_->connection->cancel();
}

void ssl_streambuf::wake() noexcept {
  if (!impl_) return;
  const std::lock_guard<std::mutex> l(impl_->exchange_mutex);
  if (impl_->connection) impl_->connection->wake();
}

bool ssl_streambuf::is_open() const noexcept {
  return impl_ && impl_->connection && impl_->connection->is_open();
}

close_result ssl_streambuf::closed_how() const noexcept {
  return impl_ && impl_->connection ? impl_->connection->closed_how() : close_result::not_closed;
}

connection_counters ssl_streambuf::counters() const noexcept {
  return impl_ && impl_->connection ? impl_->connection->counters() : connection_counters();
}

int ssl_streambuf::fd() const noexcept { return is_open() ? impl_->connection->fd() : -1; }

std::string ssl_streambuf::peer_address() const {
  return impl_ && impl_->connection ? impl_->connection->peer_address() : std::string();
}

std::string ssl_streambuf::local_address() const {
  return impl_ && impl_->connection ? impl_->connection->local_address() : std::string();
}

std::error_code ssl_streambuf::error() const {
  return impl_ ? impl_->failures.code() : std::error_code();
}

const ssl_error* ssl_streambuf::last_error() const {
  return impl_ ? impl_->failures.latest() : nullptr;
}

void ssl_streambuf::expires_at(time_point when) {
  impl& m = ready();
  const std::lock_guard<std::mutex> l(m.exchange_mutex);
  m.expiry = when;
  if (m.connection) m.connection->expires_at(when);
}

ssl_streambuf::time_point ssl_streambuf::expiry() const noexcept {
  return impl_ ? impl_->expiry.load() : (time_point::max)();
}

namespace {

std::chrono::milliseconds checked(const char* option, std::chrono::milliseconds limit) {
  if (limit.count() >= 0) return limit;
  throw make_error(ssl_errc::bad_configuration, option,
                   std::to_string(limit.count()) + " ms is negative");
}

}  // namespace

void ssl_streambuf::read_timeout(std::chrono::milliseconds limit) {
  impl& m = ready();
  m.read_timeout = checked("read_timeout", limit);
  if (m.connection) m.connection->set_read_timeout(limit);
}

void ssl_streambuf::write_timeout(std::chrono::milliseconds limit) {
  impl& m = ready();
  m.write_timeout = checked("write_timeout", limit);
  if (m.connection) m.connection->set_write_timeout(limit);
}

void ssl_streambuf::flush_on_read(bool on) { ready().flush_on_read = on; }

std::streambuf* ssl_streambuf::setbuf(char* /*memory*/, std::streamsize size) {
  constexpr std::streamsize largest = 1 << 30;  // streambuf's pbump takes an int
  impl& m = ready();
  if (m.started || size < 0) return this;
  m.put_size = static_cast<std::size_t>(std::min(size, largest));
  m.get_size = m.put_size != 0 ? m.put_size : impl::record_size;
  return this;
}

SSL* native_handle(ssl_streambuf& buffer) noexcept {
  engine* const connection = detail::streambuf_access::connection(buffer);
  return connection != nullptr && connection->is_open() ? connection->native() : nullptr;
}

SSL_CTX* native_handle(const ssl_context& context) noexcept { return context.state()->get(); }

}  // namespace iostls
