// SPDX-License-Identifier: Apache-2.0
// The state of a connection. doc/internals.md has a drawing of the states.
#pragma once

#include <atomic>
#include <optional>

#include <iostls/ssl_error.hpp>

namespace iostls {
namespace detail {

// All members belong to the thread that holds the connection's lock; the atomic ones may also be
// read without it.
//
// The first failure of each side stays: the operations of that side report it again.
struct connection_state {
  std::atomic<bool> closed{true};
  std::atomic<bool> canceled{false};
  bool handshake_started = false;
  std::atomic<bool> handshake_done{false};
  bool input_ended = false;               // by the peer's close_notify
  std::atomic<bool> output_ended{false};  // by our close_notify
  bool fin_sent = false;                  // after our close_notify
  bool tls_failed = false;                // OpenSSL must not be called any more
  std::optional<ssl_error> input_error;
  std::optional<ssl_error> output_error;
  std::atomic<bool> output_failed{false};  // whether output_error is set

  void end_input(const ssl_error& why) noexcept {
    if (!input_error) input_error = why;
  }

  void end_output(const ssl_error& why) noexcept {
    if (!output_error) output_error = why;
    output_failed = true;
  }

  // Ends both.
  void fail(const ssl_error& why) noexcept {
    end_input(why);
    end_output(why);
    tls_failed = true;
  }

  // Part of the input or of the output is lost. A handshake needs both.
  void lose_input(const ssl_error& why) noexcept { handshake_done ? end_input(why) : fail(why); }
  void lose_output(const ssl_error& why) noexcept { handshake_done ? end_output(why) : fail(why); }
};

}  // namespace detail
}  // namespace iostls
