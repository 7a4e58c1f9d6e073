// SPDX-License-Identifier: Apache-2.0
/// \file
/// What is left of a connection when TLS has ended there and the connection goes on in plaintext.
#pragma once

#include <memory>
#include <string>

#include <iostls/transport.hpp>

namespace iostls {

/// The result of `ssl_stream::unwrap()`.
struct unwrapped_connection {
  /// The descriptor of the stream, which is the caller's now, in the state in which the stream was
  /// given it; -1 if the stream was given a transport.
  int fd = -1;
  /// The transport that the stream was given; null if it was given a descriptor, or has connected by
  /// itself.
  std::unique_ptr<iostls::transport> transport;
  /// What the peer has sent in plaintext right behind its close_notify, as far as it has been
  /// received: it comes before everything that can be read from the descriptor or the transport.
  /// Anybody on the network can have sent it, as is true of all plaintext. Usually empty.
  std::string input;
};

}  // namespace iostls
