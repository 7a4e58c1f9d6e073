// SPDX-License-Identifier: Apache-2.0
/// \file
/// Keys for session tickets, for servers that are to resume each other's sessions.
#pragma once

#include <memory>
#include <string>

#include <iostls/export.hpp>

namespace iostls {

/// Where a key for session tickets comes from: a file, named by its path, or memory. Both hold 80
/// random bytes, or 48, as nginx's `ssl_session_ticket_key` has them: `openssl rand 80 >ticket.key`
/// makes one.
///
/// Anybody who has the key can read what was sent under TLS 1.2 in sessions that were resumed with it:
/// replace it often, and let nobody else read the file. What a copy of this object holds in memory
/// is overwritten when the last copy goes.
class IOSTLS_EXPORT ticket_key {
 public:
  ticket_key(const char* path);  // NOLINT: meant to be implicit
  ticket_key(std::string path);  // NOLINT: meant to be implicit

  /// There is no empty key: moving from one leaves a copy.
  ticket_key(const ticket_key&) = default;
  ticket_key& operator=(const ticket_key&) = default;
  ~ticket_key() = default;

  /// A key in memory: 80 bytes (a name of 16, 32 for HMAC-SHA256, 32 for AES-256) or 48 (a name of
  /// 16, 16 for AES-128, 16 for HMAC-SHA256). The name is not encrypted in tickets.
  static ticket_key from_bytes(const std::string& bytes);

  /// A new key of 80 bytes, for contexts of one process. Throws `ssl_error` if no random numbers
  /// are available.
  static ticket_key random();

  /// True if `data()` is a path, false if it is the key.
  bool is_path() const noexcept { return is_path_; }
  const std::string& data() const noexcept { return *data_; }

 private:
  ticket_key(std::shared_ptr<const std::string> data, bool is_path);

  std::shared_ptr<const std::string> data_;
  bool is_path_;
};

}  // namespace iostls
