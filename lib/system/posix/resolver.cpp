// SPDX-License-Identifier: Apache-2.0
#include "system/resolver.hpp"

#include <cerrno>
#include <memory>
#include <new>

#include <netdb.h>
#include <sys/socket.h>

#include "base/immortal.hpp"
#include "system/error_number.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {
namespace {

// The codes of getaddrinfo(3).
class resolver_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  // The system's message for an unknown service talks about socket types.
  std::string message(int code) const override {
    return code == EAI_SERVICE ? "unknown service" : gai_strerror(code);
  }
};

std::error_code resolver_code(int code) noexcept { return {code, immortal<resolver_category>()}; }

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

using address_list = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::vector<endpoint> endpoints_of(const addrinfo* list) {
  std::vector<endpoint> all;
  for (const addrinfo* a = list; a != nullptr; a = a->ai_next) {
    all.push_back({socket_address(a->ai_addr, a->ai_addrlen), a->ai_socktype, a->ai_protocol});
  }
  return all;
}

}  // namespace

lookup_result resolve(const std::string& host, const std::string& service, lookup what) noexcept {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags_of(what);
  const no_cancellation uncanceled;  // the resolver would leak its resources
  addrinfo* found = nullptr;
  const int code =
      getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &found);
  if (code == EAI_SYSTEM) return {{}, system_code(errno)};
  if (code != 0) return {{}, resolver_code(code)};
  const address_list owned(found, &freeaddrinfo);
  try {
    return {endpoints_of(found), {}};
  } catch (const std::bad_alloc&) {
    return {{}, system_code(ENOMEM)};
  }
}

std::error_code unknown_host() noexcept { return resolver_code(EAI_NONAME); }

std::error_code unknown_service() noexcept { return resolver_code(EAI_SERVICE); }

}  // namespace detail
}  // namespace iostls
