// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229), a thread for each client: PORT. Leaves when its standard input ends.
#include <exception>
#include <iostream>
#include <limits>
#include <string>

#include <dlib/server.h>
#include <iostls/iostls.hpp>

#include "dictionary.hpp"

class dictionary_server : public dlib::server_iostream {
  void on_connect(std::istream& in, std::ostream&, const std::string&, const std::string&,
                  unsigned short, unsigned short, dlib::uint64) override {
    static const auto context = iostls::ssl_context::server("server.pem");
    auto transport = std::make_unique<iostls::streambuf_transport>(*in.rdbuf());
    iostls::ssl_server_stream client(std::move(transport), context);
    dictionary::answer(client);
  }
};

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  dictionary_server server;
  server.set_listening_ip("127.0.0.1");
  server.set_listening_port(std::stoi(argv[1]));
  server.start_async();
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
