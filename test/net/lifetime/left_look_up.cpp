// SPDX-License-Identifier: Apache-2.0
// A program that ends while a name is still being looked up: with 0 if that was given up in time.
#include <atomic>
#include <chrono>
#include <thread>

#include <netdb.h>
#include <iostls/ssl_error.hpp>
#include <iostls/tcp.hpp>

namespace {

std::atomic<bool> asked{false};
std::atomic<bool> ends{false};

struct beginning_of_the_end {
  ~beginning_of_the_end() { ends = true; }
};

// The last of the program's own to go: the look-up goes on while everything is taken down.
struct slow_end {
  ~slow_end() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }
};

const slow_end last;

}  // namespace

// Takes the place of the C library's, and is as silent as its name servers, until shortly after the
// program has begun to end.
extern "C" int getaddrinfo(const char* /*host*/, const char* /*service*/, const addrinfo* hints,
                           addrinfo** /*result*/) {
  if ((hints->ai_flags & AI_NUMERICHOST) != 0) return EAI_NONAME;
  asked = true;
  while (!ends) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return EAI_AGAIN;
}

int main() {
  const beginning_of_the_end end;
  while (!asked) {  // on a busy machine, the look-up may not have begun when the time is over
    const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    try {
      iostls::connect_tcp("silent.test", "443", limit);
      return 2;
    } catch (const iostls::ssl_error& e) {
      if (e.code() != iostls::ssl_errc::timed_out) return 1;
    }
  }
  return 0;
}
