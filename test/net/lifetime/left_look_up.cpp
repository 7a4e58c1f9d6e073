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
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  return EAI_AGAIN;
}

int main() {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  try {
    iostls::connect_tcp("silent.test", "443", limit);
  } catch (const iostls::ssl_error& e) {
    return asked && e.code() == iostls::ssl_errc::timed_out ? 0 : 1;
  }
  return 2;
}
