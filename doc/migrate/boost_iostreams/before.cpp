// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229) on a port that it prints, for one client after the other.
#include <exception>
#include <iostream>

#include <sys/socket.h>
#include <boost/iostreams/device/file_descriptor.hpp>
#include <boost/iostreams/stream.hpp>

#include "dictionary.hpp"
#include "tcp_socket.hpp"

namespace io = boost::iostreams;

int main() try {
  const int listener = listen_and_say_where();
  for (;;) {
    const int fd = accept(listener, nullptr, nullptr);
    io::stream<io::file_descriptor_source> in(fd, io::never_close_handle);
    io::stream<io::file_descriptor_sink> out(fd, io::close_handle);
    dictionary::answer(in, out);
  }
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
