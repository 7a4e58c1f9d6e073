// SPDX-License-Identifier: Apache-2.0
// One thread for each connection, with a limit on their number.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <thread>
#include <utility>

#include <iostls/ssl_context.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/tcp.hpp>

namespace example {

// Calls a function for each client that it is given. When it is full, the client that has been
// without a request for the longest time is closed, so that idle clients cannot keep others out.
class connection_pool {
 public:
  // Talks to a client, and calls the other function whenever a request has arrived. What it throws
  // ends the connection.
  using service = std::function<void(iostls::ssl_server_stream&, const std::function<void()>&)>;

  // The program's name is for its log, standard error.
  connection_pool(std::string program, service serve)
      : program_(std::move(program)), serve_(std::move(serve)) {}
  connection_pool(const connection_pool&) = delete;
  connection_pool& operator=(const connection_pool&) = delete;
  // Cancels the connections and waits for the threads.
  ~connection_pool();

  // Serves the clients that the listener accepts, until it is canceled, with the certificates that the
  // files have at the time. A shortage of descriptors, threads or memory does not end it.
  void serve_all(iostls::tcp_listener& listener, const iostls::ssl_context& context);

 private:
  struct connection {
    explicit connection(iostls::ssl_server_stream&& s) : stream(std::move(s)) {}

    iostls::ssl_server_stream stream;
    std::atomic<std::chrono::steady_clock::rep> latest{0};  // the time of the latest request
    std::atomic<bool> done{false};
    std::thread thread;
  };

  iostls::ssl_server_stream accept(iostls::tcp_listener& listener,
                                   const iostls::ssl_context& context) const;
  void start(iostls::ssl_server_stream client);
  void run(connection& c) noexcept;
  void reap();
  void make_room();
  // Writes the text at once, since threads share the stream.
  void log(const char* text) const;

  static constexpr std::size_t max_connections = 256;

  const std::string program_;
  const service serve_;
  std::list<connection> connections_;  // a list, since threads refer to its elements
};

}  // namespace example
