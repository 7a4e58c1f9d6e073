// SPDX-License-Identifier: Apache-2.0
/// \file
/// Sessions that a client can resume, to save most of a handshake.
#pragma once

#include <memory>
#include <string>

#include <iostls/export.hpp>

namespace iostls {

namespace detail {
class session_state;
}

/// A session that a later connection may resume: `connection_options::session`.
/// \code
///   ssl_client_stream first("example.org", "443", context);
///   ...                                              // a request and its answer
///   connection_options next;
///   next.session = first.session();
///   ssl_client_stream second("example.org", "443", context, next);
/// \endcode
/// Copies share their content. Only one connection can resume a session of TLS 1.3, whether it uses
/// the session or one of its copies, since connections that use the same ticket can be recognised as
/// one client's (RFC 8446, C.4). A program that must resume more often than it gets tickets, as FTPS
/// clients do for their data connections, may ask the stream for `session()` again, or call
/// `from_bytes` on its bytes: each of these can be resumed once more, with the same ticket if no other
/// has arrived.
class IOSTLS_EXPORT ssl_session {
 public:
  /// Empty.
  ssl_session() noexcept = default;

  /// True if there is something to resume: it is not empty, has not expired, its full handshake is
  /// no more than seven days ago (RFC 8446, 4.6.1), and, in TLS 1.3, it was not used.
  explicit operator bool() const noexcept;

  /// The host that it belongs to, as `server_name` was; empty if there was none.
  std::string server_name() const;

  /// "TLSv1.3"; empty if the session is empty.
  std::string protocol() const;

  /// A form to be stored, for `from_bytes` of this version of iostls. It contains the keys of the
  /// session: anybody with a copy can decrypt what is sent in a connection that resumes it. Empty
  /// if the session is empty.
  std::string to_bytes() const;

  /// Throws `ssl_error` (`bad_credentials`) unless the bytes are those of a session; an empty
  /// string makes an empty session.
  static ssl_session from_bytes(const std::string& bytes);

  /// For the library itself.
  explicit ssl_session(std::shared_ptr<detail::session_state> state) noexcept;
  const std::shared_ptr<detail::session_state>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<detail::session_state> state_;
};

}  // namespace iostls
