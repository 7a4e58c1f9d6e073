// SPDX-License-Identifier: Apache-2.0
// Sends every line back, to thousands of clients on two threads:
// fiber_server [PORT [CERTIFICATE-AND-KEY.pem]]
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <iostls/iostls.hpp>

#include "support/fiber_loop.hpp"
#include "support/fiber_transport.hpp"
#include "support/stop_signal.hpp"

namespace {

// Written for a thread and a plain stream: it needs to know neither fibers nor TLS.
void serve(std::iostream& client) {
  std::string line;
  while (iostls::getline(client, line, 8192)) client << line << std::endl;
}

// A thread with connections, each on its own fiber.
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

  // Takes over the descriptor. It is closed with the function, also if that never runs.
  void take(int fd) {
    const auto transport = std::make_shared<transport_ptr>(new example::fiber_transport(fd));
    loop_.spawn([this, transport] { serve_connection(std::move(*transport)); });
  }

 private:
  using transport_ptr = std::unique_ptr<example::fiber_transport>;
  using streams = std::set<iostls::ssl_server_stream*>;

  // While it exists, the stream is one of those that are canceled at the end.
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

  void serve_connection(transport_ptr transport) noexcept {
    try {
      iostls::ssl_server_stream s(std::move(transport), context_);
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

// Each client needs a descriptor.
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

// Gives each worker a client in turn, until the listener is canceled.
void accept_all(iostls::tcp_listener& listener, std::array<worker, 2>& workers) {
  for (std::size_t turn = 0;; ++turn) {
    try {
      workers[turn % workers.size()].take(listener.accept());
    } catch (const iostls::ssl_error& e) {
      if (e.code() == iostls::ssl_errc::canceled) return;
      throw;
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  raise_descriptor_limit();
  const auto context = make_context(argc > 2 ? argv[2] : nullptr);
  iostls::tcp_listener listener("localhost", argc > 1 ? argv[1] : "0");
  const example::stop_signal on_signal([&] { listener.cancel(); });
  std::array<worker, 2> workers = {{worker(context), worker(context)}};
  std::cout << "listening on port " << listener.port() << std::endl;
  accept_all(listener, workers);
} catch (const std::exception& e) {
  std::cerr << "fiber_server: " << e.what() << '\n';
  return 1;
}
