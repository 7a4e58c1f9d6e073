// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229) on a port that it prints, a thread for each client. Leaves when its
// standard input ends.
#include <exception>
#include <iostream>
#include <limits>

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/TCPServer.h>
#include <iostls/iostls.hpp>

#include "dictionary.hpp"

class connection : public Poco::Net::TCPServerConnection {
 public:
  using TCPServerConnection::TCPServerConnection;

  void run() override {
    static const auto context = iostls::ssl_context::server("server.pem");
    iostls::ssl_server_stream client(dup(socket().impl()->sockfd()), context);
    dictionary::answer(client);
  }
};

int main() try {
  const Poco::Net::ServerSocket listener(Poco::Net::SocketAddress("127.0.0.1", 0));
  Poco::Net::TCPServer server(new Poco::Net::TCPServerConnectionFactoryImpl<connection>, listener);
  server.start();
  std::cout << "port " << server.port() << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  server.stop();
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
