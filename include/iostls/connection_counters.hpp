// SPDX-License-Identifier: Apache-2.0
/// \file
/// What one connection has received and sent so far, in numbers.
#pragma once

#include <cstdint>

namespace iostls {

/// Counters of one connection, since it was opened. They only grow. Each is exact; as other threads use
/// the connection while they are read, one may be ahead of another. `context_counters` has the sums
/// of all connections of a context.
struct connection_counters {
  std::uint64_t bytes_received = 0;  ///< from the network: what TLS adds included
  std::uint64_t bytes_sent = 0;      ///< to the network: what TLS adds included
  /// TLS records (RFC 8446, 5.1) that have arrived, whatever they contain: those of the handshake and
  /// alerts count, too. One that has arrived in part does not count yet.
  std::uint64_t records_received = 0;
  std::uint64_t records_sent = 0;  ///< likewise, of those that were sent
  /// How often the peer has updated the keys with which it encrypts (TLS 1.3, RFC 8446, 4.6.3).
  std::uint64_t key_updates_received = 0;
  /// How often this side has, by `update_keys()` or because the peer has asked for it.
  std::uint64_t key_updates_sent = 0;
};

}  // namespace iostls
