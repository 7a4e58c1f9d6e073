// SPDX-License-Identifier: Apache-2.0
// Two pipes as a transport for TLS: one from a child process, the other one to it.
#pragma once

#include <iostls/transport.hpp>

namespace example {

// Each end is a socket_transport, which takes pipes, too.
class pipe_transport : public iostls::transport {
 public:
  // Takes both descriptors over, if it returns.
  pipe_transport(int from, int to) : from_(from), to_(to) {}

  iostls::io_result read_some(void* data, std::size_t size) override {
    return from_.read_some(data, size);
  }
  iostls::io_result write_some(const void* data, std::size_t size) override {
    return to_.write_some(data, size);
  }
  std::error_code wait(event what, time_point deadline) override {
    return what == event::readable ? from_.wait(what, deadline) : to_.wait(what, deadline);
  }
  // A pipe has one direction: closing it signals its end.
  void shutdown_write() noexcept override {
    if (!to_ended_) to_.close();
    to_ended_ = true;
  }
  void cancel() noexcept override {
    from_.cancel();
    to_.cancel();
  }
  std::error_code close() noexcept override {
    shutdown_write();
    return from_.close();
  }
  // The child reads what was written even if nobody reads what it writes.
  bool lingers() const noexcept override { return false; }

 private:
  iostls::socket_transport from_;
  iostls::socket_transport to_;
  bool to_ended_ = false;
};

}  // namespace example
