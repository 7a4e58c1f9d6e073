// SPDX-License-Identifier: Apache-2.0
/// \file
/// How a connection was closed: whether the peer is known to have received everything.
#pragma once

namespace iostls {

/// What is known about the output of a connection once it is closed.
enum class close_result {
  /// It is still open, or never was.
  not_closed,
  /// The peer has ended the connection after our close_notify: by its close_notify, or by a FIN. Or
  /// it had ended its output before, and its system has acknowledged all of ours. A peer that ends
  /// before it has read everything looks the same: only an answer in the protocol confirms that
  /// everything was read.
  delivered,
  /// Everything was handed to the system, and nothing shows that it was lost, but the peer has not
  /// ended the connection within `close_timeout`, or has reset it once its system had everything.
  unconfirmed,
  /// Output, or its end, was lost or may have been lost: closing has failed.
  lost
};

}  // namespace iostls
