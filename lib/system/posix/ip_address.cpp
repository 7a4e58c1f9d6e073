// SPDX-License-Identifier: Apache-2.0
#include "system/ip_address.hpp"

#include <array>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace iostls {
namespace detail {

std::size_t parse_ip(const std::string& text, unsigned char* bytes) noexcept {
  if (text.find('\0') != std::string::npos) return 0;
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return 4;
  return inet_pton(AF_INET6, text.c_str(), bytes) == 1 ? 16 : 0;
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
