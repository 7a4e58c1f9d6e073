// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229) for clients of both kinds, plain and TLS, by one code path. It prints
// the ports of the two.
#include <exception>
#include <iostream>
#include <memory>
#include <thread>

#include <asio.hpp>
#include <iostls/iostls.hpp>

#include "dictionary.hpp"

namespace {

using stream_ptr = std::unique_ptr<std::iostream>;

// All that differs is how a stream is made of a client.
template <class Accept>
void serve_all(Accept accept) {
  for (;;) {
    const stream_ptr client = accept();
    dictionary::answer(*client);
  }
}

}  // namespace

int main() try {
  const auto context = iostls::ssl_context::server("server.pem");
  iostls::tcp_listener tls("127.0.0.1");

  asio::io_context io;
  asio::ip::tcp::acceptor plain(io, {asio::ip::address_v4::loopback(), 0});

  std::cout << "plain " << plain.local_endpoint().port() << "\ntls " << tls.port() << std::endl;
  std::thread([&] {
    serve_all([&]() -> stream_ptr {
      return stream_ptr(new iostls::ssl_server_stream(tls.accept(context)));
    });
  }).detach();
  serve_all([&]() -> stream_ptr {
    std::unique_ptr<asio::ip::tcp::iostream> client(new asio::ip::tcp::iostream);
    plain.accept(client->socket());
    return client;
  });
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
