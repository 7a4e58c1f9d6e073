// SPDX-License-Identifier: Apache-2.0
// A socket for TLS on fibers: waiting for it lets other fibers run.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <system_error>

#include <iostls/transport.hpp>

#include "fiber_loop.hpp"

namespace example {

// Only `wait` needs to be overridden: reading and writing never wait, and a stream holds no lock
// while it waits, nor leaves anything in OpenSSL's error queue, which all fibers of a thread share.
// `cancel` shuts the socket down, which epoll sees. Outside of fibers it waits as its base class
// does.
//
// The two threads of an ssl_duplex, which wait for each other on a condition variable, cannot be
// two fibers of one thread.
class fiber_transport : public iostls::socket_transport {
 public:
  using socket_transport::socket_transport;

  std::error_code wait(event what, time_point deadline) noexcept override {
    fiber_loop* const loop = fiber_loop::current();
    if (loop == nullptr || deadline <= std::chrono::steady_clock::now()) {
      return socket_transport::wait(what, deadline);
    }
    return loop->wait(fd(), what == event::readable ? EPOLLIN : EPOLLOUT, deadline);
  }
};

}  // namespace example
