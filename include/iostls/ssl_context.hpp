// SPDX-License-Identifier: Apache-2.0
/// \file
/// What many connections share: certificate, key, trust, and the defaults of their options.
#pragma once

#include <memory>

#include <iostls/export.hpp>
#include <iostls/options.hpp>

namespace iostls {

namespace detail {
class context_state;
}

/// A set of options, checked and made ready.
///
/// Files are read and certificates parsed here, once; a stream made of a context touches no file.
/// A context does not change after it was made, may be used by all threads at once, and copying it
/// copies a reference. A stream keeps what it needs alive.
/// \code
///   context_options options;
///   options.certificate = "server.pem";
///   const ssl_context context = ssl_context::server(options);
///   for (;;) serve(ssl_server_stream(listener.accept(), context));
/// \endcode
class IOSTLS_EXPORT ssl_context {
 public:
  /// A context for `ssl_server_stream`. Throws `ssl_error`: `bad_credentials` if a certificate,
  /// key, CA or CRL is missing or unusable, `bad_configuration` for other options.
  static ssl_context server(const context_options& options);

  /// A context for `ssl_client_stream`. Throws as `server` does.
  static ssl_context client(const context_options& options = {});

  /// True if `server()` made it.
  bool is_server() const noexcept;

  /// For the library itself.
  const std::shared_ptr<const detail::context_state>& state() const noexcept { return state_; }

 private:
  explicit ssl_context(std::shared_ptr<const detail::context_state> state);

  std::shared_ptr<const detail::context_state> state_;
};

}  // namespace iostls
