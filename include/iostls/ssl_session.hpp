// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a client keeps of a connection to save the next one most of the handshake.
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
/// Copies share what they hold. A session of TLS 1.3 is resumed by one connection, be it the session
/// or one of its copies, since those that use the same ticket can be recognised as one client's (RFC
/// 8446, C.4). A program that must come back more often than it gets tickets, as FTPS clients do for
/// their data, may ask the stream for `session()` again, or take `from_bytes` of its bytes: each of
/// these is resumed once more, with the same ticket if there has been no other.
class IOSTLS_EXPORT ssl_session {
 public:
  /// Empty.
  ssl_session() noexcept = default;

  /// True if there is something to resume: it is not empty, has not expired, is no more than seven days
  /// away from its full handshake (RFC 8446, 4.6.1), and, in TLS 1.3, was not used.
  explicit operator bool() const noexcept;

  /// The host that it belongs to, as `server_name` was; empty if there was none.
  std::string server_name() const;

  /// "TLSv1.3"; empty if the session is.
  std::string protocol() const;

  /// A form to be stored, for `from_bytes` of this version of iostls. It holds the keys of the
  /// session: anybody with a copy can decrypt what is sent in a connection that resumes it. Empty if
  /// the session is.
  std::string to_bytes() const;

  /// Throws `ssl_error` (`bad_credentials`) unless the bytes are those of a session; none at all
  /// make an empty one.
  static ssl_session from_bytes(const std::string& bytes);

  /// For the library itself.
  explicit ssl_session(std::shared_ptr<detail::session_state> state) noexcept;
  const std::shared_ptr<detail::session_state>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<detail::session_state> state_;
};

}  // namespace iostls
