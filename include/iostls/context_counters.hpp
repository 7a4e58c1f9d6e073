// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the connections of a context have done so far, in numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <iostls/export.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/tls_alert.hpp>

namespace iostls {

/// Counters of one context, since it was made. They only grow. Each is exact; as connections go on while
/// they are read, one may be ahead of another.
class IOSTLS_EXPORT context_counters {
 public:
  std::uint64_t full_handshakes = 0;     ///< that have succeeded and resumed nothing
  std::uint64_t resumed_handshakes = 0;  ///< that have succeeded and resumed a session
  std::uint64_t bytes_received = 0;      ///< from the network: what TLS adds included
  std::uint64_t bytes_sent = 0;          ///< to the network: what TLS adds included

  /// How many handshakes have failed, in all, or by an error of this kind.
  std::uint64_t failed_handshakes() const noexcept;
  std::uint64_t failed_handshakes(ssl_errc kind) const noexcept;

  /// How many alerts have come, in all, or of this kind, in handshakes and later. close_notify, the end of
  /// every connection that was closed in order, is not among them.
  std::uint64_t alerts_received() const noexcept;
  std::uint64_t alerts_received(tls_alert alert) const noexcept;

  /// The same of those that this side has sent.
  std::uint64_t alerts_sent() const noexcept;
  std::uint64_t alerts_sent(tls_alert alert) const noexcept;

  /// For the library itself.
  static constexpr std::size_t kind_count = 16;
  static constexpr std::size_t alert_count = 256;
  std::array<std::uint64_t, kind_count> failures_by_kind{};
  std::array<std::uint64_t, alert_count> alerts_in{};
  std::array<std::uint64_t, alert_count> alerts_out{};
};

}  // namespace iostls
