// SPDX-License-Identifier: Apache-2.0
#include "peer.hpp"

#include <stdexcept>

namespace bench {
namespace {

struct named {
  const char* name;
  std::unique_ptr<peer> (*make)(const setting&);
};

constexpr named peers[] = {
    {"openssl_loop", make_openssl_loop},   {"openssl_fair", make_openssl_fair},
    {"openssl_tuned", make_openssl_tuned}, {"iostls", make_iostls},
#ifdef BENCH_ASIO
    {"asio_ssl", make_asio_ssl},           {"asio_plain", make_asio_plain},
#endif
#ifdef BENCH_POCO
    {"poco_ssl", make_poco_ssl},           {"poco_plain", make_poco_plain},
#endif
#ifdef BENCH_CXXTOOLS
    {"cxxtools_ssl", make_cxxtools_ssl},
#endif
#ifdef __GLIBCXX__
    {"stdio_filebuf", make_stdio_filebuf},
#endif
};

}  // namespace

std::unique_ptr<peer> make_peer(const std::string& name, const setting& s) {
  for (const named& p : peers) {
    if (name == p.name) return p.make(s);
  }
  throw std::runtime_error("no peer is called " + name);
}

std::vector<std::string> peer_names() {
  std::vector<std::string> names;
  for (const named& p : peers) names.emplace_back(p.name);
  return names;
}

}  // namespace bench
