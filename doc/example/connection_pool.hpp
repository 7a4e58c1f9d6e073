// SPDX-License-Identifier: Apache-2.0
// A thread for each connection, and bounds on their number.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <thread>

#include <iostls/ssl_context.hpp>
#include <iostls/ssl_stream.hpp>

namespace example {

// Serves HTTP on the descriptors that it is given. When it is full, the connection that has been
// without a request for the longest time makes room, so that idle clients cannot keep others out.
class connection_pool {
 public:
  explicit connection_pool(const iostls::ssl_context& context) : context_(context) {}
  connection_pool(const connection_pool&) = delete;
  connection_pool& operator=(const connection_pool&) = delete;
  // Cancels what is under way and waits for the threads.
  ~connection_pool();

  // Takes the descriptor over, whether or not it throws.
  void serve(int fd);

 private:
  struct connection {
    connection(int fd, const iostls::ssl_context& context) : stream(fd, context) {}

    iostls::ssl_server_stream stream;
    std::atomic<std::chrono::steady_clock::rep> latest{0};  // the time of the latest request
    std::atomic<bool> done{false};
    std::thread thread;
  };

  static void run(connection& c) noexcept;
  void reap();
  void make_room();

  static constexpr std::size_t max_connections = 256;

  iostls::ssl_context context_;
  std::list<connection> connections_;  // a list, since threads refer to its elements
};

}  // namespace example
