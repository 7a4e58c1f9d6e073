// SPDX-License-Identifier: Apache-2.0
// Lets a thousand clients a second come to a server that may have 64 descriptors:
//
//   churn [--seconds N]
//
// Most leave at once, one of twenty has a line echoed under TLS, and once a second a hundred are silent for
// a moment, which are more than there are descriptors. The server must never end, must serve the
// next client, and must have at the end the descriptors that it had.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "process.hpp"

namespace {

using namespace iostls;        // NOLINT: a program of one file
using namespace iostls::test;  // NOLINT
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr unsigned most_descriptors = 64;
constexpr int server_threads = 8;
constexpr int client_threads = 4;
constexpr int clients_per_second = 1000;
constexpr int silent_clients = 100;

// Accepts in one thread whatever comes, as servers do that know no limit.
class server {
 public:
  explicit server(tcp_listener& listener) : listener_(listener) {
    for (int i = 0; i != server_threads; ++i) threads_.emplace_back([this] { serve(); });
    threads_.emplace_back([this] { accept(); });
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() {
    listener_.cancel();
    for (std::thread& t : threads_) t.join();
  }

  unsigned accepted() const noexcept { return accepted_; }
  unsigned echoed() const noexcept { return echoed_; }
  unsigned failures() const noexcept { return failures_; }

 private:
  static context_options options() {
    context_options o = server_options();
    o.handshake_timeout = 5s;
    o.read_timeout = 5s;
    o.close_timeout = 0ms;
    return o;
  }

  void accept() {
    try {
      for (;;) {
        ssl_server_stream client = listener_.accept(context_);
        ++accepted_;
        const std::lock_guard<std::mutex> hold(lock_);
        waiting_.push_back(std::move(client));
        changed_.notify_one();
      }
    } catch (const ssl_error& e) {
      if (e.code() != ssl_errc::canceled) fail(e);
    }
    const std::lock_guard<std::mutex> hold(lock_);
    done_ = true;
    changed_.notify_all();
  }

  bool next(ssl_server_stream& client) {
    std::unique_lock<std::mutex> hold(lock_);
    changed_.wait(hold, [this] { return done_ || !waiting_.empty(); });
    if (waiting_.empty()) return false;
    client = std::move(waiting_.front());
    waiting_.pop_front();
    return true;
  }

  void serve() {
    ssl_server_stream client;
    while (next(client)) {
      std::string line;
      if (std::getline(client, line) && client << line << std::endl) ++echoed_;
      client = ssl_server_stream();
    }
  }

  void fail(const std::exception& e) {
    ++failures_;
    std::fprintf(stderr, "FAILED: the server does not accept any more: %s\n", e.what());
  }

  tcp_listener& listener_;
  const ssl_context context_ = ssl_context::server(options());
  std::mutex lock_;
  std::condition_variable changed_;
  std::deque<ssl_server_stream> waiting_;
  bool done_ = false;
  std::atomic<unsigned> accepted_{0}, echoed_{0}, failures_{0};
  std::vector<std::thread> threads_;
};

// All that come in their turn, in a process of their own.
class clients {
 public:
  clients(int port, clock_type::time_point end) : port_(port), end_(end) {}

  // Its descriptors are not to pile up either.
  int run() {
    const std::size_t before = fd_count();
    std::vector<std::thread> threads;
    for (int i = 0; i != client_threads; ++i) threads.emplace_back([this, i] { come(i); });
    for (std::thread& t : threads) t.join();
    const bool is_served = talk(1);
    if (!is_served) std::fprintf(stderr, "FAILED: the last client was not served\n");
    if (fd_count() != before) std::fprintf(stderr, "FAILED: clients have lost descriptors\n");
    std::printf("%u clients came, %u lines were echoed to them\n", came_.load(), heard_.load());
    std::fflush(stdout);
    return is_served && fd_count() == before && heard_ != 0 && refused_ == 0 ? 0 : 1;
  }

 private:
  static auto soon() { return clock_type::now() + 10s; }

  // Each pair of addresses has so many ports, which are blocked for a minute.
  static std::string address(int number) { return "127.0.0." + std::to_string(1 + number % 16); }

  void come(int thread) {
    const auto pause = std::chrono::microseconds(1000000 / clients_per_second * client_threads);
    clock_type::time_point next = clock_type::now();
    for (int i = 0; clock_type::now() < end_; ++i) {
      std::this_thread::sleep_until(next);
      next = std::max(next + pause, clock_type::now() - 100ms);
      try {
        come_once(thread, i);
      } catch (const ssl_error& e) {
        ++refused_;
        std::fprintf(stderr, "FAILED: %s\n", e.what());
      }
    }
  }

  void come_once(int thread, int i) {
    if (thread == 0 && i % (clients_per_second / client_threads) == 100) {
      be_silent();
    } else if (i % 20 == 7) {
      if (talk(i)) ++heard_;
    } else {
      leave_at_once(i);
    }
  }

  void leave_at_once(int number) {
    const descriptor fd(connect_tcp(address(number), port_, soon()));
    ++came_;
  }

  bool talk(int number) {
    connection_options patient;
    patient.handshake_timeout = 20s;
    patient.read_timeout = 20s;
    patient.server_name = "localhost";
    ssl_client_stream s(address(number), port_, context_, patient);
    ++came_;
    std::string line;
    return s << "hello" << std::endl && std::getline(s, line) && line == "hello";
  }

  void be_silent() {
    std::vector<descriptor> silent;
    for (int i = 0; i != silent_clients; ++i) {
      silent.emplace_back(connect_tcp(address(i), port_, soon()));
      ++came_;
    }
    std::this_thread::sleep_for(50ms);
  }

  const int port_;
  const clock_type::time_point end_;
  const ssl_context context_ = ssl_context::client(client_options());
  std::atomic<unsigned> came_{0}, heard_{0}, refused_{0};
};

int run(std::chrono::seconds duration) {
  static_cast<void>(test_authority());  // before there are two processes
  static_cast<void>(localhost());
  socket_options options;
  options.backlog = 1000;
  tcp_listener listener("0.0.0.0", "0", options);
  child_process visitors(
      [&] { return clients(listener.port(), clock_type::now() + duration).run(); },
      duration + 120s);
  const rlimit few{most_descriptors, most_descriptors};
  if (::setrlimit(RLIMIT_NOFILE, &few) != 0) throw std::runtime_error("setrlimit");
  const std::size_t before = fd_count();
  unsigned failures = 0;
  {
    server s(listener);
    const child_result ended = visitors.result();
    if (!(ended == child_result{0, 0})) ++failures;
    std::printf("accepted %u, echoed %u lines in %lld s\n", s.accepted(), s.echoed(),
                static_cast<long long>(duration.count()));
    failures += s.failures();
  }
  if (fd_count() != before) {
    ++failures;
    std::fprintf(stderr, "FAILED: %zu descriptors before, %zu after\n", before, fd_count());
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  std::chrono::seconds duration{5};
  if (argc == 3 && std::strcmp(argv[1], "--seconds") == 0) {
    duration = std::chrono::seconds(std::atoi(argv[2]));
  } else if (argc != 1) {
    std::fputs("usage: churn [--seconds N]\n", stderr);
    return 2;
  }
  return run(duration);
} catch (const std::exception& e) {
  std::fprintf(stderr, "FAILED: %s\n", e.what());
  return 1;
}
