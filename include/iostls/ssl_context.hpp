// SPDX-License-Identifier: Apache-2.0
/// \file
/// The context of connections: certificate, key, trust, and the defaults of their options.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <iostls/context_counters.hpp>
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
/// A context does not change after it was made, except by `reload()` and `reload_if_changed()`. All
/// threads may use it at once; copying it copies a reference. A stream keeps what it needs alive.
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
  /// or its revocation lists have changed. A FIFO, such as a shell's <(...), a socket, and a device other
  /// than the null device can be read only once: with one of them, a reload always fails.
  void reload() const;

  /// Does what `reload()` does if one of these files has changed since it was read: for servers whose
  /// certificates are renewed while they run. Cheap enough for each connection that is accepted:
  /// \code
  ///   for (;;) {
  ///     const int fd = listener.accept();
  ///     context.reload_if_changed();
  ///     ...
  /// \endcode
  /// Files are looked at once a second at most, and, where there are thousands, less often, so that it
  /// takes no more than a thousandth of the time; otherwise no system call is made. A file has changed
  /// if it was written to, or if its path leads to another file, be it by a rename or by another
  /// symbolic link anywhere on the way. Also looked at are the files in `ca_directory`, in folders that
  /// `openssl_commands` name, and where the system's authorities are; keys in devices are not.
  ///
  /// Files are read when their last change is some seconds old, or when two looks have found the same,
  /// so that a certificate and a key that are written one after the other are read together. If they do
  /// not fit each other, or cannot be used, the old ones stay in use, and the files are read again when
  /// they change. If that lasts for more than five seconds, what `reload()` throws is thrown here, and
  /// once a minute from then on.
  ///
  /// Returns true if it has reloaded. May be called by all threads: one looks and reloads while the
  /// others get false at once. A process made by fork(2) looks on its own.
  bool reload_if_changed() const;

  /// What the streams of this object and of all its copies have done since the context was made, also
  /// before a `reload()`. Takes no lock, so that it may be called as often as you like. A stream for which
  /// `on_client_hello` has chosen another context counts there, from then on. A process that was
  /// made by fork goes on counting for itself.
  context_counters counters() const noexcept;

  /// For the library itself: the present state.
  std::shared_ptr<const detail::context_state> state() const;

 private:
  explicit ssl_context(std::shared_ptr<detail::context_holder> holder);
  static ssl_context of_credential(const pem_source& certificate_and_key);

  std::shared_ptr<detail::context_holder> holder_;
};

}  // namespace iostls
