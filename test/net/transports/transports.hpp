// SPDX-License-Identifier: Apache-2.0
// What TLS may run over, as connected pairs: the ways that a program would make its own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <streambuf>

#include <iostls/options.hpp>
#include <iostls/transport.hpp>

#include "descriptor.hpp"

namespace iostls {
namespace test {

// One way between two threads.
class byte_way {
 public:
  void put(const char* data, std::size_t size);
  // Waits for at least one byte; 0 at the end.
  std::size_t take(char* data, std::size_t size);
  std::size_t available();
  void end();

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  std::deque<char> data_;
  bool ended_ = false;
};

// A streambuf of somebody's own: a small get area, no put area.
class way_buffer : public std::streambuf {
 public:
  way_buffer(std::shared_ptr<byte_way> in, std::shared_ptr<byte_way> out);
  void end() { out_->end(); }

 protected:
  int_type underflow() override;
  int_type overflow(int_type c) override;
  std::streamsize xsputn(const char* data, std::streamsize size) override;
  std::streamsize showmanyc() override;

 private:
  const std::shared_ptr<byte_way> in_, out_;
  char area_[100];
};

// A transport of somebody's own: two descriptors, one to read, one to write, as inetd(8), pipes and
// co-processes have them.
class two_descriptors : public transport {
 public:
  // It takes them over.
  two_descriptors(int in, int out) : in_(in), out_(out) {}

  io_result read_some(void* data, std::size_t size) noexcept override;
  io_result write_some(const void* data, std::size_t size) noexcept override;
  std::error_code wait(event what, time_point deadline) noexcept override;
  void shutdown_write() noexcept override;
  void cancel() noexcept override;
  std::error_code close() noexcept override;

 private:
  socket_transport in_, out_;
};

// Two connected ends.
struct transport_pair {
  std::unique_ptr<transport> client, server;
  // Ends what is beneath the client's transport, if that does not do so itself when it is closed.
  std::function<void()> break_off = [] {};
  std::shared_ptr<void> beneath;  // must outlive the transports
};

transport_pair over_streambufs(tls_version v);
transport_pair over_pipes(tls_version v);
transport_pair over_terminal(tls_version v);
// Moves a few bytes at a time, or none, as it pleases.
transport_pair over_moods(tls_version v);
// The streambufs of another pair of TLS streams.
transport_pair over_tls(tls_version v);

// `a` is written, `b` is read.
descriptor_pair make_pipe();

}  // namespace test
}  // namespace iostls
