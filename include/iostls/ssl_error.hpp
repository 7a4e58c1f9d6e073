// SPDX-License-Identifier: Apache-2.0
/// \file
/// Error codes and the exception class.
///
/// A failure has a kind, `ssl_errc`, few enough to branch on, and the details from OpenSSL and the
/// operating system. A stream keeps its latest failure (`ssl_stream::error()`, `last_error()`) and
/// throws it if its `exceptions()` has badbit.
#pragma once

#include <ios>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include <iostls/export.hpp>

namespace iostls {

/// The kinds of failure. Their values differ from every errno, so that comparing the bare value, as
/// in `error().value() == EINTR`, is false.
enum class ssl_errc {
  closed = 7001,         ///< the stream was never opened, or has been closed on this side
  truncated,             ///< the peer ended the connection without close_notify
  timed_out,             ///< a deadline passed
  canceled,              ///< `cancel()` was called
  handshake_failed,      ///< the two ends could not agree, or the peer left during the handshake
  certificate_rejected,  ///< the peer's certificate did not verify, or is missing
  alert_received,        ///< the peer sent a fatal alert
  protocol_error,        ///< what the peer sent is not TLS, or violates the protocol
  bad_configuration,     ///< an option has a wrong value
  bad_credentials,       ///< a certificate, key, password, CA, CRL ... cannot be used
  system_error,          ///< from the operating system; the code compares with std::errc
  woken,  ///< `wake()` was called; nothing has failed, and what waited may be repeated
  /// the server has not accepted `ech_config`, and `ssl_error::ech_retry_configs()` has what it offers instead
  ech_rejected
};

/// The category of the codes made of `ssl_errc`; its name is "iostls".
IOSTLS_EXPORT const std::error_category& ssl_category() noexcept;

inline std::error_code make_error_code(ssl_errc e) noexcept {
  return std::error_code(static_cast<int>(e), ssl_category());
}

/// Whether a code is of a kind: all codes that are not of `ssl_category()`, such as those of the
/// operating system and of its resolver, are `system_error`.
IOSTLS_EXPORT bool is_kind(const std::error_code& code, ssl_errc kind) noexcept;

/// A code compares equal with its kind. So `code == ssl_errc::system_error` and
/// `code == std::errc::connection_reset` are both true of a connection that was reset.
inline bool operator==(const std::error_code& a, ssl_errc b) noexcept { return is_kind(a, b); }
inline bool operator!=(const std::error_code& a, ssl_errc b) noexcept { return !is_kind(a, b); }
#if __cplusplus < 202002L
inline bool operator==(ssl_errc a, const std::error_code& b) noexcept { return is_kind(b, a); }
inline bool operator!=(ssl_errc a, const std::error_code& b) noexcept { return !is_kind(b, a); }
#endif

/// A failure of TLS, of the transport, or of an option.
///
/// It is a `std::ios_base::failure`, so existing handlers for plain streams catch it. Copies share
/// their content and do not throw.
class IOSTLS_EXPORT ssl_error : public std::ios_base::failure {
 public:
  /// What an error consists of; see the accessors.
  struct details {
    std::string operation;
    std::string message;
    std::vector<unsigned long> codes;
    std::vector<std::string> strings;
    long verify_result = 0;
    std::string verify_result_string;
    std::string advice;  ///< what it means, and what to do; only in `what()`
    std::string ech_retry_configs;
  };

  ssl_error(std::error_code code, details d);
  ssl_error(const ssl_error&) noexcept;
  ssl_error& operator=(const ssl_error&) noexcept;
  ~ssl_error() override;

  /// The operation that failed: "handshake", "read", "write", "close", "connect",
  /// "unwrap", or, for options, the option's name: "certificate", "ciphers" ...
  const std::string& operation() const noexcept;

  /// OpenSSL's error codes, the oldest first, for ERR_reason_error_string(3) and similar functions.
  const std::vector<unsigned long>& codes() const noexcept;

  /// The same in words, one for each code.
  const std::vector<std::string>& strings() const noexcept;

  /// The result of verifying the peer's certificate: X509_V_OK (0) or another X509_V_ERR_ value
  /// (X509_STORE_CTX_get_error(3)).
  long verify_result() const noexcept;

  /// The same in words; empty if it is X509_V_OK.
  const std::string& verify_result_string() const noexcept;

  /// Of `ssl_errc::ech_rejected`: the ECHConfigList (binary) with which the server wants to be connected to
  /// again, as `ech_config` takes it, once, and for this host alone (RFC 9849, 6.1.6). Only a server that has
  /// proved its public name is listened to. Empty: it offers none, and may be connected to without; also
  /// empty if it has proved nothing, or of any other error.
  const std::string& ech_retry_configs() const noexcept;

  /// All of the above in one line; control characters in it, such as those of a wrong option, are
  /// written as "\x0a".
  const char* what() const noexcept override;

 private:
  struct content;
  std::shared_ptr<const content> content_;
};

}  // namespace iostls

namespace std {
template <>
struct is_error_code_enum<iostls::ssl_errc> : true_type {};
}  // namespace std
