// SPDX-License-Identifier: Apache-2.0
#include "system/resolver.hpp"

#include <cerrno>
#include <memory>
#include <new>

#include "base/immortal.hpp"
#include "system/error_number.hpp"
#include "system/windows/wide_text.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

// The codes of getaddrinfo are those of Winsock.
class resolver_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  std::string message(int code) const override {
    switch (code) {
      case EAI_SERVICE:
        return "unknown service";
      case EAI_NONAME:
        return "Host not found";
      default:
        return std::system_category().message(code);
    }
  }
};

std::error_code resolver_code(int code) noexcept {
  if (code == EAI_MEMORY) return system_code(ENOMEM);
  return {code, immortal<resolver_category>()};
}

int flags_of(lookup what) noexcept {
  switch (what) {
    case lookup::numbers:
      return AI_NUMERICHOST | AI_NUMERICSERV;
    case lookup::own:
      return AI_PASSIVE;
    case lookup::names:
      break;
  }
  return 0;
}

struct free_addresses {
  void operator()(ADDRINFOW* list) const noexcept { ::FreeAddrInfoW(list); }
};

std::vector<endpoint> endpoints_of(const ADDRINFOW* list) {
  std::vector<endpoint> all;
  for (const ADDRINFOW* a = list; a != nullptr; a = a->ai_next) {
    all.push_back({socket_address(a->ai_addr, a->ai_addrlen), a->ai_socktype, a->ai_protocol});
  }
  return all;
}

lookup_result resolved(const std::string& host, const std::string& service, lookup what) {
  ADDRINFOW hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  hints.ai_flags = flags_of(what);
  const std::wstring name = wide(host);
  ADDRINFOW* found = nullptr;
  const int code =
      ::GetAddrInfoW(host.empty() ? nullptr : name.c_str(), wide(service).c_str(), &hints, &found);
  if (code != 0) return {{}, resolver_code(code)};
  const std::unique_ptr<ADDRINFOW, free_addresses> owned(found);
  return {endpoints_of(found), {}};
}

}  // namespace

lookup_result resolve(const std::string& host, const std::string& service, lookup what) noexcept {
  start_sockets();
  try {
    return resolved(host, service, what);
  } catch (const std::bad_alloc&) {
    return {{}, system_code(ENOMEM)};
  }
}

std::error_code unknown_host() noexcept { return resolver_code(EAI_NONAME); }

std::error_code unknown_service() noexcept { return resolver_code(EAI_SERVICE); }

}  // namespace detail
}  // namespace iostls
