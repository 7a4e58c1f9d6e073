// SPDX-License-Identifier: Apache-2.0
#include "system/ip_address.hpp"

#include <array>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace iostls {
namespace detail {

bool is_ipv4(const std::string& text) {
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool may_have_zone(const std::string& ipv6) {
  in6_addr address{};
  return inet_pton(AF_INET6, ipv6.c_str(), &address) == 1 &&
         (IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_SITELOCAL(&address) ||
          IN6_IS_ADDR_MC_LINKLOCAL(&address));
}

std::size_t interface_name_limit() noexcept { return IF_NAMESIZE; }

std::string ip_text(const unsigned char* bytes, std::size_t size) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (size != 4 && size != 16) return {};
  inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return text.data();
}

}  // namespace detail
}  // namespace iostls
