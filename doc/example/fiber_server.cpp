// SPDX-License-Identifier: Apache-2.0
// Sends every line back, to thousands of clients on two threads:
// fiber_server [PORT [CERTIFICATE-AND-KEY.pem]]
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <iostls/iostls.hpp>

#include "fiber_loop.hpp"
#include "fiber_transport.hpp"

namespace {

// As it was written for a thread of its own and a plain stream: it knows neither fibers nor TLS.
void serve(std::iostream& client) {
  std::string line;
  while (getline(client, line)) client << line << std::endl;
}

// A thread, and connections on it, each with a fiber.
class worker {
 public:
  explicit worker(const iostls::ssl_context& context)
      : context_(context), thread_([this] { loop_.run(); }) {}
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() {
    loop_.spawn([this] {
      stopping_ = true;
      for (iostls::ssl_server_stream* s : streams_) s->cancel();
    });
    loop_.stop();
    thread_.join();
  }

  // Takes the descriptor over. It is closed with the function, also if that never runs.
  void take(int fd) {
    const auto carrier = std::make_shared<carrier_ptr>(new example::fiber_transport(fd));
    loop_.spawn([this, carrier] { serve_connection(std::move(*carrier)); });
  }

 private:
  using carrier_ptr = std::unique_ptr<example::fiber_transport>;
  using streams = std::set<iostls::ssl_server_stream*>;

  // While it lives, the stream is one of those that are canceled in the end.
  class entry {
   public:
    entry(streams& all, iostls::ssl_server_stream& s) : all_(all), s_(&s) { all_.insert(s_); }
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;
    ~entry() { all_.erase(s_); }

   private:
    streams& all_;
    iostls::ssl_server_stream* const s_;
  };

  void serve_connection(carrier_ptr carrier) noexcept {
    try {
      iostls::ssl_server_stream s(std::move(carrier), context_);
      if (stopping_) s.cancel();
      const entry known(streams_, s);
      serve(s);
      const iostls::ssl_error* const error = s.last_error();
      if (error != nullptr && error->code() != iostls::ssl_errc::canceled) {
        std::cerr << std::string("fiber_server: ") + error->what() + "\n";
      }
    } catch (const std::exception& e) {
      std::cerr << std::string("fiber_server: ") + e.what() + "\n";
    }
  }

  const iostls::ssl_context context_;
  bool stopping_ = false;
  streams streams_;
  example::fiber_loop loop_;
  std::thread thread_;  // the last member, as it uses the others
};

// SIGINT and SIGTERM, as a descriptor that becomes readable. To be called before there are threads.
int stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

// A descriptor for each client.
void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

iostls::ssl_context make_context(const char* certificate) {
  iostls::context_options options;
  options.handshake_timeout = std::chrono::seconds(10);
  options.read_timeout = std::chrono::minutes(5);
  options.write_timeout = std::chrono::seconds(30);
  if (certificate != nullptr) {
    options.certificate = certificate;
  } else {
    const auto own = iostls::self_signed_certificate({"localhost", "127.0.0.1"});
    options.certificate = own.certificate;
    options.key = own.key;
    std::cout << own.certificate;  // for clients, to trust
  }
  return iostls::ssl_context::server(options);
}

// A client that is gone already, or want of descriptors, is no reason to end.
void accept_one(iostls::tcp_listener& listener, worker& w) {
  try {
    w.take(listener.accept(std::chrono::steady_clock::now()));
  } catch (const std::system_error& e) {
    if (e.code() == iostls::ssl_errc::timed_out) return;
    std::cerr << std::string("fiber_server: ") + e.what() + "\n";
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const int stop = stop_signals();
  raise_descriptor_limit();
  const auto context = make_context(argc > 2 ? argv[2] : nullptr);
  iostls::tcp_listener listener("localhost", argc > 1 ? argv[1] : "0");
  std::array<worker, 2> workers = {{worker(context), worker(context)}};
  std::cout << "listening on port " << listener.port() << std::endl;
  for (std::size_t turn = 0;; ++turn) {
    std::array<pollfd, 2> events = {{{listener.fd(), POLLIN, 0}, {stop, POLLIN, 0}}};
    if (::poll(events.data(), events.size(), -1) < 0) continue;
    if (events[1].revents != 0) return 0;
    accept_one(listener, workers[turn % workers.size()]);
  }
} catch (const std::exception& e) {
  std::cerr << "fiber_server: " << e.what() << '\n';
  return 1;
}
