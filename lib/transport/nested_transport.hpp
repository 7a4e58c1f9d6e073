// SPDX-License-Identifier: Apache-2.0
// Transports that end a connection of another protocol when they are closed.
#pragma once

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// A transport may be a connection by itself, for example one of TLS to a proxy. Ending that in order
// takes time, and both connections are closed within one time limit. A transport of the library that is
// derived from this class, too, is asked to do so when its stream is closed.
class nested_transport {
 public:
  using time_point = transport::time_point;

  nested_transport() = default;
  nested_transport(const nested_transport&) = delete;
  nested_transport& operator=(const nested_transport&) = delete;

  // The stream begins to close: from now on, nothing here waits beyond the deadline.
  virtual void begin_closing(time_point deadline) noexcept = 0;

  // Ends the connection in order. May wait until the deadline; `transport::cancel` ends that. Called
  // once, before `transport::close`, with no other operation under way.
  virtual void finish_closing(time_point deadline) noexcept = 0;

 protected:
  ~nested_transport() = default;
};

}  // namespace detail
}  // namespace iostls
