// SPDX-License-Identifier: Apache-2.0
#include "numeric_resolver.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tcp_sockets.hpp"

namespace iostls {
namespace test {
namespace {

// With its address behind it, so that one call frees both.
struct entry {
  addrinfo info;
  sockaddr_storage address;
};

std::vector<std::string> numbers_of(const char* host, const addrinfo& hints) {
  const bool passive = (hints.ai_flags & AI_PASSIVE) != 0;
  if (host == nullptr && passive) return {"0.0.0.0", "::"};
  const bool numbers_only = (hints.ai_flags & AI_NUMERICHOST) != 0;
  if (host != nullptr && (numbers_only || std::strcmp(host, "localhost") != 0)) return {host};
  if (has_ipv6()) return {"::1", "127.0.0.1"};
  return {"127.0.0.1"};
}

// The family of an address in numbers, which goes into `address`; AF_UNSPEC for what is none.
int parse(const std::string& number, std::uint16_t port, sockaddr_storage& address) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  if (::inet_pton(AF_INET, number.c_str(), &v4.sin_addr) == 1) {
    v4.sin_port = htons(port);
    return AF_INET;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
  if (::inet_pton(AF_INET6, number.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_port = htons(port);
    return AF_INET6;
  }
  return AF_UNSPEC;
}

// Null if the address is not of the family that is wanted.
addrinfo* new_entry(const std::string& number, std::uint16_t port, const addrinfo& hints) {
  sockaddr_storage address{};
  const int family = parse(number, port, address);
  if (family == AF_UNSPEC) return nullptr;
  if (hints.ai_family != AF_UNSPEC && hints.ai_family != family) return nullptr;
  auto* const made = static_cast<entry*>(std::calloc(1, sizeof(entry)));
  if (made == nullptr) return nullptr;
  address.ss_family = static_cast<sa_family_t>(family);
  made->address = address;
  made->info.ai_family = family;
  made->info.ai_socktype = hints.ai_socktype != 0 ? hints.ai_socktype : SOCK_STREAM;
  made->info.ai_protocol = hints.ai_protocol;
  made->info.ai_addrlen = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  made->info.ai_addr = reinterpret_cast<sockaddr*>(&made->address);
  return &made->info;
}

// Of a port in numbers, or the name of a service; -1 if there is none.
int port_of(const char* service) {
  if (service == nullptr) return 0;
  char* end = nullptr;
  const long number = std::strtol(service, &end, 10);
  if (*service != '\0' && *end == '\0') return number >= 0 && number <= 65535 ? int(number) : -1;
  const servent* const known = ::getservbyname(service, "tcp");
  return known == nullptr ? -1 : ntohs(static_cast<std::uint16_t>(known->s_port));
}

}  // namespace

int look_up_numbers(const char* host, const char* service, const addrinfo* hints,
                    addrinfo** result) {
  const addrinfo none{};
  const addrinfo& wanted = hints == nullptr ? none : *hints;
  const int port = port_of(service);
  if (port < 0) return EAI_SERVICE;
  *result = nullptr;
  addrinfo** end = result;
  for (const std::string& number : numbers_of(host, wanted)) {
    *end = new_entry(number, static_cast<std::uint16_t>(port), wanted);
    if (*end != nullptr) end = &(*end)->ai_next;
  }
  return *result == nullptr ? EAI_NONAME : 0;
}

void free_numbers(addrinfo* list) noexcept {
  while (list != nullptr) std::free(std::exchange(list, list->ai_next));
}

}  // namespace test
}  // namespace iostls
