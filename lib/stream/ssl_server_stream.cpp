// SPDX-License-Identifier: Apache-2.0
// Server streams: accepting.
#include <utility>

#include <iostls/ssl_stream.hpp>

#include "engine/engine.hpp"
#include "openssl/error.hpp"
#include "options/effective_options.hpp"
#include "stream/stream_opening.hpp"
#include "stream/streambuf_access.hpp"

namespace iostls {

using detail::make_error;
using detail::of_role;
using detail::streambuf_access;

namespace {

// The descriptor of a buffer whose connection is taken over in this scope, or the descriptor is the
// caller's again.
class lent_descriptor {
 public:
  explicit lent_descriptor(ssl_streambuf& holder) noexcept : holder_(holder) {}
  lent_descriptor(const lent_descriptor&) = delete;
  lent_descriptor& operator=(const lent_descriptor&) = delete;
  ~lent_descriptor() {
    if (holder_.is_open()) streambuf_access::give_back_descriptor(holder_);
  }

 private:
  ssl_streambuf& holder_;
};

}  // namespace

// The context and the options with which a stream accepts. Most streams have no options of their own,
// which are large.
struct [[gnu::visibility("hidden")]] ssl_server_stream::identity {
  identity(const ssl_context& with, const connection_options& given)
      : context(with),
        own(detail::is_any_set(given) ? std::make_unique<const connection_options>(given)
                                      : nullptr) {}

  connection_options options() const { return own ? *own : connection_options(); }

  const ssl_context context;
  const std::unique_ptr<const connection_options> own;
};

// Constructors throw in their bodies, not while they delegate: in an object of a derived class, the
// virtual base already exists by then, and must not be destroyed before its init() was called.

ssl_server_stream::ssl_server_stream(const ssl_context& context,
                                     const connection_options& options) {
  const detail::engine trial(of_role(true, context), options);  // wrong options are refused here
  identity_ = std::make_shared<const identity>(context, options);
}

ssl_server_stream::ssl_server_stream(int fd, const ssl_context& context,
                                     const connection_options& options) {
  identity_ = std::make_shared<const identity>(of_role(true, context), options);
  streambuf_access::open(*rdbuf(), fd, context, options);
}

ssl_server_stream::ssl_server_stream(int fd, const context_options& options) {
  identity_ = std::make_shared<const identity>(ssl_context::server(options), connection_options());
  streambuf_access::open(*rdbuf(), fd, identity_->context, connection_options());
}

ssl_server_stream::ssl_server_stream(std::unique_ptr<transport> transport,
                                     const ssl_context& context,
                                     const connection_options& options) {
  identity_ = std::make_shared<const identity>(of_role(true, context), options);
  streambuf_access::open(*rdbuf(), std::move(transport), context, options);
}

ssl_server_stream::ssl_server_stream(std::unique_ptr<transport> transport,
                                     const context_options& options) {
  identity_ = std::make_shared<const identity>(ssl_context::server(options), connection_options());
  streambuf_access::open(*rdbuf(), std::move(transport), identity_->context, connection_options());
}

ssl_server_stream::ssl_server_stream(ssl_server_stream&& other)
    : ssl_stream(static_cast<ssl_stream&&>(other)) {  // of `other`, only the base
  identity_ = other.identity_;                        // which can accept again
}

ssl_server_stream& ssl_server_stream::operator=(ssl_server_stream&& other) {
  ssl_stream::operator=(static_cast<ssl_stream&&>(other));
  identity_ = other.identity_;
  return *this;
}

void ssl_server_stream::swap(ssl_server_stream& other) {
  ssl_stream::swap(other);
  identity_.swap(other.identity_);
}

const ssl_server_stream::identity& ssl_server_stream::known_identity() const {
  if (identity_) return *identity_;
  throw make_error(ssl_errc::bad_configuration, "accept",
                   "the stream has no context: make it with one, ssl_server_stream s(context)");
}

void ssl_server_stream::accept(int fd) {
  const identity& own = known_identity();
  streambuf_access::prepare(*rdbuf());
  if (is_open() && fd == rdbuf()->fd()) {
    throw make_error(ssl_errc::bad_configuration, "accept",
                     "descriptor " + std::to_string(fd) + " is this stream's already");
  }
  ssl_streambuf next(fd, own.context, own.options());
  const lent_descriptor callers(next);
  reopen(std::move(next));
}

void ssl_server_stream::accept(std::unique_ptr<transport> transport) {
  const identity& own = known_identity();
  streambuf_access::prepare(*rdbuf());
  reopen(ssl_streambuf(std::move(transport), own.context, own.options()));
}

}  // namespace iostls
