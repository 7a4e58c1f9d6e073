// SPDX-License-Identifier: Apache-2.0
// What it takes to make a client's connection of a context that exists, COUNT times, without any
// handshake: PEER is iostls, or openssl_bare (SSL_new and SSL_set_fd, nothing else), or openssl_loop
// (with the name that is asked for and checked).
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iostls/iostls.hpp>

#include "measure.hpp"
#include "openssl_loop.hpp"

namespace {

constexpr std::size_t batch = 100;

// Both ends of it are closed by the code that makes connections of them.
std::vector<int> make_sockets() {
  std::vector<int> sockets;
  while (sockets.size() != batch) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::runtime_error("no socketpair");
    sockets.insert(sockets.end(), ends, ends + 2);
  }
  return sockets;
}

// `make` fills what it has room for; destroying is not measured.
double measure(std::size_t count, const std::function<void(const std::vector<int>&)>& make,
               const std::function<void()>& destroy) {
  double seconds = 0;
  for (std::size_t done = 0; done < count; done += batch) {
    const std::vector<int> sockets = make_sockets();
    const bench::stopwatch watch;
    make(sockets);
    seconds += watch.elapsed().seconds;
    destroy();
  }
  return seconds;
}

double measure_iostls(std::size_t count, const bench::setting& s) {
  iostls::context_options o;
  o.ca_file = s.authorities;
  o.server_name = "localhost";
  o.close_timeout = std::chrono::milliseconds(0);  // no handshake with the other end, which is none
  const iostls::ssl_context context = iostls::ssl_context::client(o);
  std::vector<std::unique_ptr<iostls::ssl_client_stream>> made(batch);
  const auto make = [&](const std::vector<int>& sockets) {
    for (std::size_t i = 0; i != batch; ++i) {
      made[i] = std::make_unique<iostls::ssl_client_stream>(sockets[i], context);
    }
  };
  return measure(count, make, [&] {
    for (auto& one : made) one.reset();
  });
}

double measure_openssl(std::size_t count, const bench::setting& s, bool named) {
  SSL_CTX* const context = bench::make_context(s, false);
  std::vector<SSL*> made(batch);
  std::vector<int> descriptors;
  const auto make = [&](const std::vector<int>& sockets) {
    descriptors = sockets;
    for (std::size_t i = 0; i != batch; ++i) {
      SSL* const ssl = made[i] = SSL_new(context);
      SSL_set_fd(ssl, sockets[i]);
      if (!named) continue;
      SSL_set_connect_state(ssl);
      SSL_set1_host(ssl, "localhost");
      SSL_set_tlsext_host_name(ssl, "localhost");
    }
  };
  const double seconds = measure(count, make, [&] {
    for (SSL* const ssl : made) SSL_free(ssl);
    for (const int fd : descriptors) close(fd);
  });
  SSL_CTX_free(context);
  return seconds;
}

bench::values run(const bench::arguments& a, const bench::setting& s) {
  const double seconds = a.peer == "iostls" ? measure_iostls(a.count, s)
                                            : measure_openssl(a.count, s, a.peer == "openssl_loop");
  return {{"microseconds", 1e6 * seconds / static_cast<double>(a.count)}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_program(argc, argv, run); }
