// SPDX-License-Identifier: Apache-2.0
// Takes the place of the C library's getaddrinfo(3), which the library calls: names with several
// addresses, name servers that are silent, and names without an address cannot be had from the
// system that runs the test.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace iostls {
namespace test {

// While it lives, a name has these addresses, in this order.
class named_addresses {
 public:
  named_addresses(std::string name, std::vector<std::string> addresses);
  named_addresses(const named_addresses&) = delete;
  named_addresses& operator=(const named_addresses&) = delete;
  ~named_addresses();

 private:
  const std::string name_;
};

// While it lives, those who look up "silent.test", or a name beneath it, get no answer. Then they get 127.0.0.1, and it waits
// until they have left and the descriptors are those of before.
class silent_name_server {
 public:
  silent_name_server();
  silent_name_server(const silent_name_server&) = delete;
  silent_name_server& operator=(const silent_name_server&) = delete;
  ~silent_name_server();

  // Ends the silence.
  static void answer();

  // Waits until so many are waiting; false after ten seconds.
  static bool is_asked(std::size_t times);
  static std::size_t asked();

 private:
  const std::size_t descriptors_;
};

// Called, unless it is null, by the thread that looks a name up, when that has its answer.
void after_look_up(void (*hook)());

// Whether the thread that looked up the latest name could have been interrupted by SIGTERM.
bool latest_look_up_takes_signals();

}  // namespace test
}  // namespace iostls
