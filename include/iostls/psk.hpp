// SPDX-License-Identifier: Apache-2.0
/// \file
/// Pre-shared keys (PSK): keys that both ends have agreed on beforehand, instead of certificates.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include <iostls/setting.hpp>

namespace iostls {

/// A pre-shared key and its name.
struct pre_shared_key {
  std::string identity;  ///< 1 to 128 bytes, none of them NUL; sent in the clear
  std::string key;       ///< the bytes themselves, 16 to 256 of them (RFC 9257: 128 bits at least)
};

/// Where pre-shared keys come from: one key by value, which both ends can use, or a function.
///
/// A client's function gets the `server_name` of the connection (empty if there is none) and returns
/// identity and key; an empty identity means that there is none for this server. It is called when a
/// stream is made or connects, and what it throws is thrown there.
///
/// A server's function gets the identity that a client claims, and returns the key; an empty one
/// means that it is unknown. It is called during handshakes, on their threads, so several threads may
/// call it at once; of the stream, it may only call `cancel()` and set time limits. What it throws
/// ends the handshake and is thrown by `do_handshake()`, `info()` or `peer_certificate()`; reading
/// and writing report `handshake_failed`.
/// \code
///   options.psk = pre_shared_key{"sensor-17", key};
///   options.psk = [&](const std::string& identity) { return key_of(identity); };
/// \endcode
class psk_source {
 public:
  using client_function = std::function<pre_shared_key(const std::string& server_name)>;
  using server_function = std::function<std::string(const std::string& identity)>;

  psk_source() = default;
  psk_source(pre_shared_key key) : value_(std::move(key)) {}  // NOLINT: meant to be implicit

  template <class F, class = decltype(std::declval<F&>()(std::declval<const std::string&>())),
            class = typename std::enable_if<
                !std::is_same<typename std::decay<F>::type, psk_source>::value>::type>
  psk_source(F get) {  // NOLINT: meant to be implicit
    take(std::move(get), std::is_convertible<decltype(get(std::string())), pre_shared_key>());
  }

  bool empty() const noexcept { return !value_.has_value() && !client_ && !server_; }

  /// The key that was given by value; the others are empty.
  const setting<pre_shared_key>& value() const noexcept { return value_; }
  const client_function& client() const noexcept { return client_; }
  const server_function& server() const noexcept { return server_; }

 private:
  template <class F>
  void take(F get, std::true_type) {
    client_ = std::move(get);
  }
  template <class F>
  void take(F get, std::false_type) {
    server_ = std::move(get);
  }

  setting<pre_shared_key> value_;
  client_function client_;
  server_function server_;
};

}  // namespace iostls
