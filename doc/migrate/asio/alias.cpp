// SPDX-License-Identifier: Apache-2.0
// What asio's tcp::iostream has besides a std::iostream, of both: the same lines compile, and say the
// same of a port where nobody listens, HOST SERVICE. Exits with 0 if they do.
#include <chrono>
#include <iostream>
#include <string>
#include <system_error>

#include <asio.hpp>
#include <iostls/iostls.hpp>

namespace plain {
using tcp_stream = asio::ip::tcp::iostream;
}
namespace tls {
using tcp_stream = iostls::ssl_client_stream;
}

namespace {

template <class tcp_stream>
std::error_code of_nobody(const char* host, const char* service) {
  tcp_stream s;
  s.expires_after(std::chrono::seconds(20));
  s.expires_at(std::chrono::steady_clock::now() + std::chrono::seconds(20));
  const typename tcp_stream::time_point deadline = s.expiry();
  s.connect(host, service);
  if (s || s.rdbuf() == nullptr) return {};
  s.clear();
  s.close();
  if (deadline - std::chrono::steady_clock::now() > std::chrono::seconds(20)) return {};
  s.connect(std::string(host), std::string(service));
  return s.error();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::error_code one = of_nobody<plain::tcp_stream>(argv[1], argv[2]);
  const std::error_code other = of_nobody<tls::tcp_stream>(argv[1], argv[2]);
  std::cout << one.message() << '\n' << other.message() << '\n';
  return one && one.message() == other.message() ? 0 : 1;
}
