// SPDX-License-Identifier: Apache-2.0
#include "interop_exchange.hpp"

#include <fstream>
#include <iterator>
#include <thread>

namespace interop {

void exchange(iostls::ssl_stream& stream, const reporter& say, const arguments& a) {
  std::ifstream file(a.file, std::ios::binary);
  const std::string block{std::istreambuf_iterator<char>(file), {}};
  iostls::ssl_duplex both(stream);
  std::thread writer([&] {
    both.out() << "START\n";
    for (int i = 0; i != a.times; ++i) both.out() << block;
    both.out().flush();
  });
  sha256 digest = digest_of(both.in(), block.size() * static_cast<std::size_t>(a.times));
  writer.join();
  say("sent", both.out().good());
  say("received", digest.size());
  say("sha256", digest.finish());
}

}  // namespace interop
