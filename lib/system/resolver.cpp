// SPDX-License-Identifier: Apache-2.0
#include "system/resolver.hpp"

#include <cerrno>
#include <memory>
#include <new>

#include "base/immortal.hpp"
#include "system/error_number.hpp"
#include "system/thread_cancellation.hpp"

#ifdef _WIN32
#include "system/windows/native_resolver.hpp"
#else
#include "system/posix/native_resolver.hpp"
#endif

namespace iostls {
namespace detail {
namespace {

// The codes of getaddrinfo(3).
class resolver_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  // The system's message for an unknown service talks about socket types.
  std::string message(int code) const override {
    return code == EAI_SERVICE ? "unknown service" : resolver_words(code);
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

std::vector<endpoint> endpoints_of(const address_list* list) {
  std::vector<endpoint> all;
  for (const address_list* a = list; a != nullptr; a = a->ai_next) {
    all.push_back({socket_address(a->ai_addr, a->ai_addrlen), a->ai_socktype, a->ai_protocol});
  }
  return all;
}

lookup_result resolved(const std::string& host, const std::string& service, lookup what) {
  address_list hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = hinted_protocol;
  hints.ai_flags = flags_of(what);
  address_list* found = nullptr;
  const int code = look_up(host, service, hints, found);
  const int fault = code != 0 ? errno_of_resolver(code) : 0;
  if (fault != 0) return {{}, system_code(fault)};
  if (code != 0) return {{}, resolver_code(code)};
  const std::unique_ptr<address_list, void (*)(address_list*)> owned(found, free_list);
  return {endpoints_of(found), {}};
}

}  // namespace

lookup_result resolve(const std::string& host, const std::string& service, lookup what) noexcept {
  const no_cancellation uncanceled;  // the resolver would leak its resources
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
