// SPDX-License-Identifier: Apache-2.0
// Lets clients of all manners meet one server for a while, and sees that nothing piles up:
//
//   soak [--seconds N] [--clients N]
//
// They talk, resume sessions, abort, end their output first, say nothing, and are canceled, while
// the server's context is reloaded. The time is cut into rounds. After each round, when all is
// quiet, descriptors, threads and memory are counted; descriptors and threads must be what they
// were, and memory must not grow with the number of connections.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>
#include <unistd.h>

#include <openssl/err.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "process.hpp"
#include "sanitizers.hpp"
#include "tls_peer.hpp"

namespace {

using namespace iostls;        // NOLINT: a program of one file
using namespace iostls::test;  // NOLINT
using namespace std::chrono_literals;

constexpr int server_threads = 16;
constexpr int rounds = 12;
constexpr int warm_up = 4;             // rounds that fill what is kept for good: arenas, caches
constexpr double allowed_growth = 16;  // bytes of heap per connection

// What clients do, and how often it was done.
enum manner { talk, resume, abort_at_once, abort_later, half_close, silent, impatient, cancel };
const char* const manner_names[] = {"talked",          "resumed sessions", "aborted at once",
                                    "aborted later",   "half-closed",      "kept silent",
                                    "ran out of time", "were canceled"};
constexpr int manners = 8;

struct counts {
  std::atomic<unsigned> done[manners]{};
  std::atomic<unsigned> resumed{0}, reloads{0}, failures{0};
  unsigned connections() const {
    unsigned sum = 0;
    for (const auto& n : done) sum += n;
    return sum;
  }
};

counts tally;

void fail(const std::string& what) {
  ++tally.failures;
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
}

// A server that echoes each line, and its context, whose files change.
class echo_server {
 public:
  echo_server() : context_(make_context()), listener_("127.0.0.1", "0") {
    for (int i = 0; i != server_threads; ++i) threads_.emplace_back([this] { serve(); });
    threads_.emplace_back([this] { keep_reloading(); });
  }
  echo_server(const echo_server&) = delete;
  echo_server& operator=(const echo_server&) = delete;
  ~echo_server() {
    done_ = true;
    for (std::thread& t : threads_) t.join();
  }

  unsigned short port() const noexcept { return listener_.port(); }

 private:
  ssl_context make_context() const {
    write_credentials();
    context_options options;
    options.certificate = folder_ / "server.pem";
    options.handshake_timeout = 100ms;
    options.read_timeout = 200ms;
    options.write_timeout = 2s;
    options.close_timeout = 200ms;
    return ssl_context::server(options);
  }

  // In one step, so that a reload finds the one or the other.
  void write_credentials() const {
    const std::string fresh = folder_.write("fresh.pem", test_authority().leaf().both());
    std::rename(fresh.c_str(), (folder_ / "server.pem").c_str());
  }

  void serve() {
    while (!done_) {
      descriptor fd;
      try {
        fd.reset(listener_.accept(std::chrono::steady_clock::now() + 50ms));
      } catch (const ssl_error& e) {
        if (e.code() != ssl_errc::timed_out) fail(e.what());
        continue;
      }
      ssl_server_stream s(fd.get(), context_);
      fd.release();
      std::string line;
      while (std::getline(s, line)) s << line << '\n';
      if (s.eof()) s.clear();
      s.close();
    }
  }

  void keep_reloading() {
    while (!done_) {
      write_credentials();
      try {
        context_.reload();
        ++tally.reloads;
      } catch (const std::exception& e) {
        fail(e.what());
      }
      std::this_thread::sleep_for(20ms);
    }
    OPENSSL_thread_stop();
  }

  const temp_dir folder_;
  const ssl_context context_;
  tcp_listener listener_;
  std::atomic<bool> done_{false};
  std::vector<std::thread> threads_;
};

// One client after the other, each of its own manner.
class visitor {
 public:
  visitor(unsigned short port, unsigned seed, const ssl_context& context,
          std::shared_ptr<SSL_CTX> plain)
      : port_(port), random_(seed), context_(context), plain_(std::move(plain)) {}
  visitor(const visitor&) = delete;
  visitor& operator=(const visitor&) = delete;
  ~visitor() { SSL_SESSION_free(session_); }

  void visit() {
    const auto how = static_cast<manner>(random_() % manners);
    try {
      behave(how);
      ++tally.done[how];
    } catch (const std::exception& e) {
      fail(std::string(manner_names[how]) + ": " + e.what());
    }
  }

 private:
  void behave(manner how) {
    switch (how) {
      case talk:
        return talk_to_the_end();
      case resume:
        return talk_plainly();
      case abort_at_once:
        return reset_connection(connect());
      case abort_later:
        return abort_in_the_middle();
      case half_close:
        return end_output_first();
      case silent:
        return say_nothing();
      case impatient:
        return wait_in_vain();
      case cancel:
        return be_canceled();
    }
  }

  descriptor connect() const { return descriptor(connect_tcp("127.0.0.1", std::to_string(port_))); }

  std::unique_ptr<ssl_client_stream> stream() const {
    descriptor fd = connect();
    auto s = std::make_unique<ssl_client_stream>(fd.get(), context_);
    fd.release();
    return s;
  }

  // On a machine that is busy, the server's patience may end first; a wrong answer is wrong always.
  static bool exchange(ssl_stream& s, const std::string& text) {
    std::string answer;
    s << text << '\n';
    if (!std::getline(s, answer)) return false;
    if (answer != text) throw std::runtime_error("the answer is another one: " + answer);
    return true;
  }

  void talk_to_the_end() {
    const auto s = stream();
    const std::string text(1 + random_() % 5000, 'x');
    for (unsigned n = random_() % 8; n != 0 && exchange(*s, text); --n) {
    }
    s->close();
  }

  void talk_plainly() {
    tls_peer peer(connect(), client_peer(), plain_);
    if (session_ != nullptr) SSL_set_session(peer.ssl(), session_);
    if (!peer.handshake()) return;
    if (SSL_session_reused(peer.ssl()) == 1) ++tally.resumed;
    if (!peer.write("hello\n") || peer.read_line() != "hello") return;
    SSL_SESSION_free(session_);
    session_ = SSL_get1_session(peer.ssl());
    peer.close_notify();
  }

  void abort_in_the_middle() {
    tls_peer peer(connect(), client_peer(), plain_);
    if (peer.handshake()) peer.write("hello\n");
    random_() % 2 == 0 ? peer.reset() : peer.close();
  }

  void end_output_first() {
    const auto s = stream();
    *s << "one\ntwo\n";
    s->shutdown_write();
    std::string one, two, rest;
    if (std::getline(*s, one) && std::getline(*s, two) && (one != "one" || two != "two")) {
      throw std::runtime_error("half-closing has changed the answers");
    }
    std::getline(*s, rest);
    s->close();
  }

  void say_nothing() {
    const descriptor fd = connect();
    wait_readable(fd.get(), 5s);
  }

  void wait_in_vain() {
    const auto s = stream();
    if (!exchange(*s, "hello")) return;
    s->expires_after(std::chrono::milliseconds(random_() % 20));
    std::string line;
    if (std::getline(*s, line)) throw std::runtime_error("nobody asked for this: " + line);
    s->clear();
    s->expires_never();
    exchange(*s, "again");
    s->close();
  }

  void be_canceled() {
    const auto s = stream();
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 10));
      s->cancel();
    });
    std::string line;
    while (exchange(*s, "hello")) {
    }
    other.join();
    s->clear();
    s->close();
  }

  const unsigned short port_;
  std::minstd_rand random_;
  const ssl_context& context_;
  const std::shared_ptr<SSL_CTX> plain_;
  SSL_SESSION* session_ = nullptr;
};

struct sample {
  unsigned connections = 0;
  std::size_t descriptors = 0, threads = 0, heap = 0;
  long resident = 0;  // KiB
};

std::size_t thread_count() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "Threads:") break;
  }
  std::size_t n = 0;
  status >> n;
  return n;
}

// With other C libraries, and with sanitizers, the heap is not counted, and only the rest judged.
std::size_t heap_in_use() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33) && !IOSTLS_TEST_ASAN
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

sample take_sample() {
  sample s;
  s.connections = tally.connections();
  s.descriptors = fd_count();
  s.threads = thread_count();
  s.heap = heap_in_use();
  s.resident = rss_kib();
  return s;
}

void print(int round, const sample& s) {
  std::printf(
      "round %2d: %6u connections, %zu descriptors, %zu threads, heap %zu KiB, resident %ld "
      "KiB\n",
      round, s.connections, s.descriptors, s.threads, s.heap / 1024, s.resident);
  std::fflush(stdout);
}

void run_round(std::chrono::milliseconds length, int clients, const ssl_context& context,
               const std::shared_ptr<SSL_CTX>& plain, int round) {
  const auto end = std::chrono::steady_clock::now() + length;
  echo_server server;
  std::vector<std::thread> threads;
  for (int i = 0; i != clients; ++i) {
    threads.emplace_back([&, i] {
      visitor v(server.port(), static_cast<unsigned>(1 + i + clients * round), context, plain);
      while (std::chrono::steady_clock::now() < end) v.visit();
      OPENSSL_thread_stop();
    });
  }
  for (std::thread& t : threads) t.join();
}

// Bytes of heap per connection: the slope of the line that lies nearest to the samples.
double slope(const std::vector<sample>& samples) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const sample& s : samples) {
    const double a = s.connections, b = static_cast<double>(s.heap);
    n += 1, x += a, y += b, xx += a * a, xy += a * b;
  }
  const double spread = n * xx - x * x;
  return spread == 0 ? 0 : (n * xy - x * y) / spread;
}

void report() {
  for (int i = 0; i != manners; ++i) std::printf("%6u %s\n", tally.done[i].load(), manner_names[i]);
  std::printf("%6u sessions were resumed, %u reloads\n", tally.resumed.load(),
              tally.reloads.load());
}

void judge(const sample& before, const std::vector<sample>& samples) {
  for (const sample& s : samples) {
    if (s.descriptors != before.descriptors) fail("descriptors have piled up");
    if (s.threads != before.threads) fail("threads have piled up");
  }
  const double growth = slope(samples);
  std::printf("heap: %.2f bytes per connection (at most %.0f)\n", growth, allowed_growth);
  if (growth > allowed_growth) fail("the heap grows");
  for (const auto& n : tally.done) {
    if (n == 0) fail("a manner was never shown");
  }
  if (tally.resumed == 0) fail("no session was resumed");
}

int number_after(const char* option, int argc, char** argv, int otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string(argv[i]) == option) return std::atoi(argv[i + 1]);
  }
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const std::chrono::seconds total(number_after("--seconds", argc, argv, 60));
  const int clients = number_after("--clients", argc, argv, 200);
  const auto context = ssl_context::client(client_options());
  const auto plain = make_peer_context(client_peer());
  const sample before = take_sample();
  std::vector<sample> samples;
  for (int round = 0; round != rounds; ++round) {
    run_round(std::chrono::milliseconds(total) / rounds, clients, context, plain, round);
    malloc_trim(0);
    const sample now = take_sample();
    print(round, now);
    if (round >= warm_up) samples.push_back(now);
  }
  report();
  judge(before, samples);
  std::printf("%u failures\n", tally.failures.load());
  return tally.failures == 0 ? 0 : 1;
}
