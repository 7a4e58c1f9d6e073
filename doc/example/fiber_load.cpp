// SPDX-License-Identifier: Apache-2.0
// Opens many connections to an echo server, has each answered twice, and keeps them until its input
// ends: fiber_load HOST PORT CA.pem CONNECTIONS [THREADS]
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <iostls/iostls.hpp>

namespace {

using connections = std::vector<iostls::ssl_client_stream>;

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

long resident_mib() {
  std::ifstream in("/proc/self/statm");
  long total = 0;
  long resident = 0;
  in >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) / 1048576;
}

// An answer from the wrong connection would not match.
void ask(iostls::ssl_client_stream& server, const std::string& question) {
  std::string answer;
  server << question << '\n';
  if (getline(server, answer) && answer == question) return;
  if (server.last_error() != nullptr) throw iostls::ssl_error(*server.last_error());
  throw std::runtime_error("wrong answer: " + answer);
}

// Runs a function on several threads, each with its part of the whole; returns the seconds it took.
double on_threads(std::size_t threads, const std::function<void(std::size_t part)>& work) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::exception_ptr> failures(threads);
  std::vector<std::thread> running;
  for (std::size_t part = 0; part != threads; ++part) {
    running.emplace_back([&, part] {
      try {
        work(part);
      } catch (...) {
        failures[part] = std::current_exception();
      }
    });
  }
  for (std::thread& t : running) t.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 5) throw std::runtime_error("HOST, PORT, CA.pem and CONNECTIONS are needed");
  const std::string host = argv[1];
  const std::string port = argv[2];
  const std::size_t count = std::stoul(argv[4]);
  const std::size_t threads = argc > 5 ? std::stoul(argv[5]) : 2;
  raise_descriptor_limit();
  iostls::context_options options;
  options.ca_file = argv[3];
  options.read_timeout = std::chrono::seconds(60);
  const auto context = iostls::ssl_context::client(options);

  connections all(count);
  const auto each = [&](const std::function<void(std::size_t)>& work) {
    return on_threads(threads, [&](std::size_t part) {
      for (std::size_t i = part; i < count; i += threads) work(i);
    });
  };
  std::cout << count << " connections on " << threads << " threads\n";
  std::cout << "opened and answered in s: " << each([&](std::size_t i) {
    all[i].connect(host, port, context);
    ask(all[i], "first " + std::to_string(i));
  }) << std::endl;
  std::cout << "answered again in s: " << each([&](std::size_t i) {
    ask(all[i], "second " + std::to_string(i));
  }) << std::endl;
  std::cout << "resident MiB: " << resident_mib() << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  std::cout << "closed in s: " << each([&](std::size_t i) { all[i].close(); }) << std::endl;
  return 0;
} catch (const std::exception& e) {
  std::cerr << "fiber_load: " << e.what() << '\n';
  return 1;
}
