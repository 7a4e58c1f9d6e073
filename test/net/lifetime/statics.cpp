// SPDX-License-Identifier: Apache-2.0
// A program whose context and stream live as long as it does: statics ORDER FD. A letter of ORDER is
// a static object, constructed in this order, before the first use of OpenSSL unless that is in the
// order, too:
//   o  OpenSSL itself        s  a stream that is not open
//   c  a place for a context p  a place for a stream
// It serves one line on the descriptor, with the stream in `s` or `p`, and ends: with 0 if that went
// well and OpenSSL was still there when the last of these was gone.
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

namespace {

using namespace iostls;

// Constructed first, destroyed last.
class witness {
 public:
  witness() = default;
  ~witness() {
    if (OPENSSL_init_crypto(0, nullptr) == 0) ::_exit(5);
  }
};

ssl_server_stream& static_stream() {
  static ssl_server_stream stream;
  return stream;
}

std::unique_ptr<ssl_context>& place_for_context() {
  static std::unique_ptr<ssl_context> place;
  return place;
}

std::unique_ptr<ssl_server_stream>& place_for_stream() {
  static std::unique_ptr<ssl_server_stream> place;
  return place;
}

void construct(char which) {
  switch (which) {
    case 'o':
      OPENSSL_init_ssl(0, nullptr);
      break;
    case 's':
      static_stream();
      break;
    case 'c':
      place_for_context();
      break;
    case 'p':
      place_for_stream();
      break;
  }
}

ssl_context new_context() {
  const credential own = self_signed_certificate({"localhost"});
  context_options options;
  options.certificate = own.certificate;
  options.key = own.key;
  options.certificate_password = own.password;
  options.close_timeout = std::chrono::milliseconds(100);
  return ssl_context::server(options);
}

ssl_server_stream& open_stream(const std::string& order, int fd) {
  place_for_context().reset(new ssl_context(new_context()));
  ssl_server_stream opened(fd, *place_for_context());
  if (order.find('p') == std::string::npos) return static_stream() = std::move(opened);
  place_for_stream().reset(new ssl_server_stream(std::move(opened)));
  return *place_for_stream();
}

}  // namespace

int main(int, char** argv) {
  const std::string order = argv[1];
  static const witness last;
  for (const char which : order) construct(which);
  ssl_server_stream& stream = open_stream(order, std::stoi(argv[2]));
  std::string line;
  if (!std::getline(stream, line)) return 3;
  stream << line << " too\n";  // sent by the destructor
  return 0;
}
