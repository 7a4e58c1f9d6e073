// SPDX-License-Identifier: Apache-2.0
/// \file
/// How the end of a connection went.
#pragma once

namespace iostls {

/// What is known of the output of a connection once that is closed.
enum class close_result {
  /// It is still open, or never was.
  not_closed,
  /// The peer has ended the connection after our close_notify: by its close_notify, or by a FIN. Or it had
  /// ended its output before, and its system has acknowledged all of ours. A peer that ends before it has
  /// read everything looks the same: only an answer in the protocol confirms that all was read.
  delivered,
  /// All was handed to the system, and nothing shows that it was lost, but the peer has not ended the
  /// connection within `close_timeout`, or has reset it once its system had all.
  unconfirmed,
  /// Output, or its end, was lost or may have been: closing has failed.
  lost
};

}  // namespace iostls
