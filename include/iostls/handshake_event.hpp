// SPDX-License-Identifier: Apache-2.0
/// \file
/// Reports of handshakes, for logs and metrics.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <iostls/connection_info.hpp>
#include <iostls/ssl_error.hpp>

namespace iostls {

/// One handshake that has succeeded or failed.
struct handshake_event {
  bool is_server = false;     ///< the role of this side
  std::string peer_address;   ///< as `ssl_stream::peer_address()`; empty if there is none
  std::string local_address;  ///< as `ssl_stream::local_address()`
  /// Client: what was connected to, "localhost:443", or else the `server_name`; empty if neither is known.
  std::string target;
  /// What both sides have agreed on, with the durations. Of a handshake that has failed, the durations, and
  /// of a server's the `server_name` that the client has asked for, if that was known by then; and whether it
  /// was rejected as one that `ech_config` encrypts (`ech_status`).
  connection_info info;
  /// Why the handshake has failed; null if it has succeeded.
  std::shared_ptr<const ssl_error> error;
};

/// \code
///   options.on_handshake = [](const handshake_event& e) {
///     if (e.error) log(e.peer_address + ": " + e.error->what());
///   };
/// \endcode
using handshake_function = std::function<void(const handshake_event&)>;

}  // namespace iostls
