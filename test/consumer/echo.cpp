// SPDX-License-Identifier: Apache-2.0
// A program of somebody else's that uses iostls: two ends of a socket pair say hello.
#include <sys/socket.h>

#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

// As many programs have one, for something that they do with each connection.
class own_transport : public iostls::socket_transport {
 public:
  using socket_transport::socket_transport;
  std::string peer_address() const override { return "a friend"; }
};

void serve(int fd, const iostls::credential& self) {
  iostls::context_options options;
  options.certificate = self.certificate;
  options.key = self.key;
  options.certificate_password = self.password;
  const auto context = iostls::ssl_context::server(options);
  iostls::ssl_server_stream stream(std::unique_ptr<iostls::transport>(new own_transport(fd)),
                                   context);
  std::string line;
  while (std::getline(stream, line)) stream << "you said: " << line << std::endl;
}

std::string ask(int fd, const iostls::credential& self) {
  iostls::context_options options;
  options.ca_certificates = self.certificate;
  options.server_name = "localhost";
  iostls::ssl_client_stream stream(fd, options);
  std::string answer;
  stream << "hello" << std::endl;
  std::getline(stream, answer);
  stream.close();
  return stream ? answer : std::string();
}

}  // namespace

int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 2;
  const iostls::credential self = iostls::self_signed_certificate({"localhost"});
  std::thread server([&] { serve(ends[0], self); });
  const std::string answer = ask(ends[1], self);
  server.join();
  std::cout << IOSTLS_VERSION << ": " << answer << std::endl;
  return answer == "you said: hello" ? 0 : 1;
}
