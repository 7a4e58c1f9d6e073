// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a key update asks of the peer.
#pragma once

namespace iostls {

/// Whether the peer is asked to update its keys as well (TLS 1.3, KeyUpdateRequest of RFC 8446, 4.6.3).
enum class key_update_request {
  not_requested,  ///< only this side's keys are updated
  requested       ///< both: the peer updates its keys before it sends data again
};

}  // namespace iostls
