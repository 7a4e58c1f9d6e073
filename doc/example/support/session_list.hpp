// SPDX-License-Identifier: Apache-2.0
// A thread for each client, a limit on their number, and a way to ask them all to end.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include <iostls/ssl_context.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/tcp.hpp>

namespace example {

class session_list {
 public:
  // Talks to a client: takes over the socket, and opens the stream with it if the client speaks TLS. What it
  // throws ends the session.
  using service = std::function<void(iostls::ssl_server_stream&, int)>;

  // The program's name is for its log, standard error.
  session_list(std::string program, const iostls::ssl_context& context, std::size_t most,
               service serve);
  session_list(const session_list&) = delete;
  session_list& operator=(const session_list&) = delete;
  // Cancels what is under way, and waits for the threads.
  ~session_list();

  // Serves those that the listener accepts, until it is canceled. Where there are too many, the next ones
  // wait in the listener's queue.
  void serve_all(iostls::tcp_listener& listener);

  // From any thread. From now on, `is_ending` is true, and what waits for input ends with `woken`.
  void end();
  bool is_ending() const noexcept { return ending_; }

  // Waits until all sessions have ended; false if some have not after that time.
  bool have_ended_within(std::chrono::seconds grace);

 private:
  struct session {
    explicit session(const iostls::ssl_context& context) : stream(context) {}

    iostls::ssl_server_stream stream;
    bool done = false;
    std::thread thread;
  };

  bool wait_for_room();
  void start(int fd);
  void run(session& s, int fd) noexcept;
  void reap();
  std::size_t running() const;
  void log(const char* text) const;

  const std::string program_;
  const iostls::ssl_context context_;
  const std::size_t most_;
  const service serve_;
  std::atomic<bool> ending_{false};
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::list<session> sessions_;  // a list, since threads refer to its elements
};

// Opens the stream with an accepted socket; closes that if it cannot be.
void open(iostls::ssl_server_stream& stream, int fd);

}  // namespace example
