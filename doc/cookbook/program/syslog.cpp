// SPDX-License-Identifier: Apache-2.0
// Sends each line of its input as a message to a syslog receiver: RFC 5424 over TLS (RFC 5425).
// syslog HOST PORT PROGRAM [CA-FILE [CERTIFICATE-AND-KEY]]
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

std::string time_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  std::array<char, 32> text{};
  const auto size =
      std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", ::gmtime_r(&now, &utc));
  return {text.data(), size};
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "-";
}

// Severity 6 (informational) of facility 1 (user): 1 * 8 + 6.
std::string message(const std::string& host, const std::string& program, const std::string& text) {
  return "<14>1 " + time_stamp() + ' ' + host + ' ' + program + " - - - " + text;
}

// Each message is preceded by its size: it may have line ends.
void send_all(std::istream& in, const std::string& program, iostls::ssl_stream& server) {
  const std::string host = host_name();
  for (std::string line; getline(in, line);) {
    const std::string m = message(host, program, line);
    server << m.size() << ' ' << m << std::flush;
    if (!server) throw iostls::ssl_error(*server.last_error());
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw std::runtime_error("usage: syslog HOST PORT PROGRAM [CA-FILE [PEM-FILE]]");
  iostls::context_options options;
  if (argc > 4) options.ca_file = argv[4];
  if (argc > 5) options.certificate = argv[5];
  options.write_timeout = std::chrono::seconds(30);
  options.close_timeout = std::chrono::seconds(10);
  iostls::ssl_client_stream server(argv[1], argv[2], options);
  if (!server) throw iostls::ssl_error(*server.last_error());
  send_all(std::cin, argv[3], server);
  // The protocol has no answers: that the receiver has ended the connection in order is as much as can be known.
  server.close();
  if (!server) throw iostls::ssl_error(*server.last_error());
  const bool has_arrived = server.closed_how() == iostls::close_result::delivered;
  std::cout << (has_arrived ? "delivered\n" : "sent; it is not known whether it arrived\n");
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
