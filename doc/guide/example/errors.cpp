// SPDX-License-Identifier: Apache-2.0
// The lines of the page on errors. Exits with 0 if they do what it states.
#include <iostream>
#include <sstream>
#include <string>

#include <sys/socket.h>
#include <iostls/iostls.hpp>

#include "two_ends.hpp"

namespace {

// True if the peer has ended in order, so that everything has arrived.
bool copy_lines(iostls::ssl_stream& from, std::ostream& to) {
  std::string line;
  while (getline(from, line)) to << line << '\n';
  if (from.eof()) return true;
  std::cerr << (from.last_error() ? from.last_error()->what() : "out of memory") << '\n';
  return false;
}

void copy_lines_or_throw(iostls::ssl_stream& from, std::ostream& to) {
  from.exceptions(std::ios::badbit);
  std::string line;
  while (getline(from, line)) to << line << '\n';
}

const char* advice(const std::error_code& code) {
  if (code == iostls::ssl_errc::certificate_rejected) return "is this really the server?";
  if (code == iostls::ssl_errc::truncated) return "the connection was cut: try again";
  if (code == iostls::ssl_errc::timed_out) return "the server is slow: try later";
  if (code == std::errc::connection_refused) return "nobody listens there";
  return "please show the message to somebody who knows";
}

// Sends a line, and loses the connection.
void leave_in_the_middle(two_ends& ends) {
  auto s = ends.server();
  s << "half of it\n" << std::flush;
  shutdown(s.rdbuf()->fd(), SHUT_RDWR);
}

bool cut_connection_is_no_end() {
  two_ends ends;
  const in_background server([&] { leave_in_the_middle(ends); });
  auto s = ends.client();
  std::ostringstream got;
  return !copy_lines(s, got) && got.str() == "half of it\n" &&
         std::string(advice(s.error())) == "the connection was cut: try again";
}

bool failed_connection_is_no_end() {
  iostls::tcp_listener nobody("127.0.0.1");
  const int port = nobody.port();
  nobody.close();
  iostls::ssl_client_stream s("127.0.0.1", port);
  std::ostringstream got;
  return !copy_lines(s, got);
}

bool cut_connection_throws() {
  two_ends ends;
  const in_background server([&] { leave_in_the_middle(ends); });
  auto s = ends.client();
  std::ostringstream got;
  try {
    copy_lines_or_throw(s, got);
  } catch (const std::ios_base::failure& e) {
    return e.code() == iostls::ssl_errc::truncated && got.str() == "half of it\n";
  }
  return false;
}

}  // namespace

int main() {
  return cut_connection_is_no_end() && failed_connection_is_no_end() && cut_connection_throws() ? 0
                                                                                                : 1;
}
