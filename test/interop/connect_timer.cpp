// SPDX-License-Identifier: Apache-2.0
// How long connecting takes, or canceling it, and what a second listener is told:
//   connect_timer connect|cancel|listen HOST PORT
#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

using clock_type = std::chrono::steady_clock;

long milliseconds_since(clock_type::time_point begin) {
  return static_cast<long>(
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_type::now() - begin).count());
}

void connect(const std::string& host, const std::string& port) {
  const clock_type::time_point begin = clock_type::now();
  const int fd = iostls::connect_tcp(host, port, begin + std::chrono::seconds(20));
  std::cout << "connected in " << milliseconds_since(begin) << " ms\n";
  iostls::socket_transport(fd).close();
}

void cancel(const std::string& host, const std::string& port) {
  iostls::ssl_client_stream s;
  std::thread connecting([&] { s.connect(host, port); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // nothing shows that it waits
  const clock_type::time_point begin = clock_type::now();
  s.cancel();
  connecting.join();
  std::cout << "ended in " << milliseconds_since(begin) << " ms: " << s.error().message() << '\n';
}

void listen(const std::string& host, const std::string& port) {
  const iostls::tcp_listener first(host, port);
  std::cout << "first\n";
  const iostls::tcp_listener second(host, std::to_string(first.port()));
  std::cout << "second\n";
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc == 4 ? argv[1] : "";
  if (what == "connect") {
    connect(argv[2], argv[3]);
  } else if (what == "cancel") {
    cancel(argv[2], argv[3]);
  } else if (what == "listen") {
    listen(argv[2], argv[3]);
  } else {
    std::cerr << "usage: connect_timer connect|cancel|listen HOST PORT\n";
    return 2;
  }
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
