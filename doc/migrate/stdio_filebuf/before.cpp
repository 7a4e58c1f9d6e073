// SPDX-License-Identifier: Apache-2.0
// A dictionary (DICT, RFC 2229) for the client at descriptor 0: what inetd(8) starts.
#include <exception>
#include <iostream>

#include <ext/stdio_filebuf.h>

#include "dictionary.hpp"

int main() try {
  __gnu_cxx::stdio_filebuf<char> input(0, std::ios::in);
  __gnu_cxx::stdio_filebuf<char> output(1, std::ios::out);
  std::istream in(&input);
  std::ostream out(&output);
  dictionary::answer(in, out);
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
