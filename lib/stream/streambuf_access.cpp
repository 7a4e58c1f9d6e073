// SPDX-License-Identifier: Apache-2.0
#include "stream/streambuf_access.hpp"

#include <cerrno>
#include <exception>
#include <new>
#include <utility>

#include "openssl/error.hpp"
#include "stream/ssl_streambuf_impl.hpp"
#include "transport/descriptor_transport.hpp"

namespace iostls {
namespace detail {

void streambuf_access::attach(ssl_streambuf& buffer, std::ios* input, std::ios* output) noexcept {
  buffer.above_ = {input, output, std::ios::goodbit};
}

void streambuf_access::hand_over(ssl_streambuf& buffer) noexcept { buffer.hand_over(); }

void streambuf_access::prepare(ssl_streambuf& buffer) { buffer.ready(); }

// Moving is done by then, and must not fail.
void streambuf_access::try_to_prepare(ssl_streambuf& buffer) noexcept {
  try {
    buffer.ready();
  } catch (
      const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): the first operation tries again
  }
}

void streambuf_access::leave(ssl_streambuf& buffer) {
  if (!buffer.impl_) return;
  try {
    if (buffer.is_open()) buffer.close(close_kind::implied);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): only close() reports it
  }
  std::unique_ptr<engine> gone;
  {
    const std::lock_guard<std::mutex> l(buffer.impl_->exchange_mutex);
    gone.swap(buffer.impl_->connection);
  }
  buffer.leave_areas();
  buffer.impl_->put.release();
  buffer.impl_->postponed.reset();
  buffer.impl_->failures.forget();
}

void streambuf_access::fail_opening(ssl_streambuf& buffer, const ssl_error& why) {
  buffer.ready();
  // Avoids another wait for a peer that was too slow, or is no longer wanted.
  const bool is_urgent = why.code() == ssl_errc::timed_out || why.code() == ssl_errc::canceled ||
                         why.code() == ssl_errc::woken;
  if (is_urgent && buffer.is_open()) buffer.impl_->connection->cancel();
  leave(buffer);
  buffer.impl_->failures.lasting(why);
}

unsigned streambuf_access::cancellations(ssl_streambuf& buffer) noexcept {
  const std::lock_guard<std::mutex> l(buffer.impl_->exchange_mutex);
  return buffer.impl_->cancellations;
}

streambuf_access::dial::dial(ssl_streambuf& buffer) : impl_(buffer.ready()) {
  auto pipe = std::make_unique<wake_pipe>();
  if (!pipe->open()) throw make_error(system_code(errno), "connect");
  wake_ = pipe->fd();
  const std::lock_guard<std::mutex> l(impl_.exchange_mutex);
  impl_.dialing = std::move(pipe);
}

bool streambuf_access::dial::canceled() const noexcept { return impl_.dialing->woken(); }

streambuf_access::dial::~dial() {
  const std::lock_guard<std::mutex> l(impl_.exchange_mutex);
  impl_.dialing.reset();
}

void streambuf_access::open(ssl_streambuf& buffer, std::unique_ptr<engine> connection) noexcept {
  buffer.open(std::move(connection));
}

void streambuf_access::open(ssl_streambuf& buffer, int fd, const ssl_context& context,
                            const connection_options& options) {
  auto connection = std::make_unique<engine>(context, options);
  buffer.ready();
  connection->open(std::make_unique<descriptor_transport>(fd));  // the last that can fail
  buffer.open(std::move(connection));
}

void streambuf_access::open(ssl_streambuf& buffer, std::unique_ptr<transport> transport,
                            const ssl_context& context, const connection_options& options) {
  if (!transport) throw make_error(ssl_errc::bad_configuration, "open", "the transport is null");
  auto connection = std::make_unique<engine>(context, options);
  buffer.ready();
  connection->open(std::move(transport));
  buffer.open(std::move(connection));
}

std::unique_ptr<engine> streambuf_access::take(ssl_streambuf& buffer) noexcept {
  return std::move(buffer.impl_->connection);
}

void streambuf_access::give_back_descriptor(ssl_streambuf& buffer) noexcept {
  const std::unique_ptr<transport> of_descriptor = buffer.impl_->connection->give_back();
  static_cast<descriptor_transport&>(*of_descriptor).release();
}

void streambuf_access::require_key_update(ssl_streambuf& buffer) {
  buffer.opened("update_keys").connection->require_key_update();
}

engine* streambuf_access::connection(const ssl_streambuf& buffer) noexcept {
  return buffer.impl_ ? buffer.impl_->connection.get() : nullptr;
}

}  // namespace detail
}  // namespace iostls
