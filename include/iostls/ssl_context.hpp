// SPDX-License-Identifier: Apache-2.0
/// \file
/// The context of connections: certificate, key, trust, and the defaults of their options.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <iostls/credential_source.hpp>
#include <iostls/export.hpp>
#include <iostls/options.hpp>

namespace iostls {

namespace detail {
class context_state;
class context_holder;
}  // namespace detail

/// A set of options, checked and ready for use by many connections.
///
/// Files are read and certificates parsed here, once. Making a stream of a context reads no files,
/// except CAs and revocation lists that are looked up in a folder (`ca_directory`, the system's) when
/// they are needed.
/// A context does not change after it was made, except by `reload()`. All threads may use it at once;
/// copying it copies a reference. A stream keeps what it needs alive.
/// \code
///   const ssl_context context = ssl_context::server("server.pem");
///   for (;;) serve(listener.accept(context));
/// \endcode
class IOSTLS_EXPORT ssl_context {
 public:
  /// There is no empty context: moving from one leaves a copy.
  ssl_context(const ssl_context&) = default;
  ssl_context& operator=(const ssl_context&) = default;
  ~ssl_context() = default;

  /// A context for `ssl_server_stream`. Throws `ssl_error`: `bad_credentials` if a certificate,
  /// key, CA, CRL or OCSP response is missing or unusable, `bad_configuration` for other options.
  static ssl_context server(const context_options& options);

  /// A context with default options and this certificate, with its intermediates and its key in the same
  /// file or text.
  /// \code
  ///   static const auto context = ssl_context::server("server.pem");
  /// \endcode
  /// A template, so that `server({})` still means default options.
  template <class Source, class = decltype(pem_source(std::declval<const Source&>()))>
  static ssl_context server(const Source& certificate_and_key) {
    return of_credential(pem_source(certificate_and_key));
  }

  /// A context for `ssl_client_stream`. Throws as `server` does.
  static ssl_context client(const context_options& options = {});

  /// Replaces `ticket_keys`, for this context and its copies, at once; handshakes of other threads
  /// may continue meanwhile. Throws `ssl_error` and keeps the old keys if one cannot be used, if
  /// none is given, or if the context was made without `ticket_keys`.
  void set_ticket_keys(const std::vector<ticket_key>& keys) const;

  /// True if `server()` made it.
  bool is_server() const noexcept;

  /// Reads all files again that the options name (certificates, keys, CAs, revocation lists, OCSP
  /// responses, ticket keys), calls the password function again, and uses the result for each
  /// stream that is made from now on, of this object and of all its copies. Existing streams keep
  /// what they have.
  ///
  /// Throws as `server` does if something is wrong; nothing has changed then. May be called at any
  /// time, while other threads make streams, but not by the password function. Sessions can still
  /// be resumed afterwards, except that a server's sessions end when the authorities that it trusts
  /// have changed.
  void reload() const;

  /// For the library itself: the present state.
  std::shared_ptr<const detail::context_state> state() const;

 private:
  explicit ssl_context(std::shared_ptr<detail::context_holder> holder);
  static ssl_context of_credential(const pem_source& certificate_and_key);

  std::shared_ptr<detail::context_holder> holder_;
};

}  // namespace iostls
