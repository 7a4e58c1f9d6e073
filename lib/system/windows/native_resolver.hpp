// SPDX-License-Identifier: Apache-2.0
// GetAddrInfoW, for resolver.cpp. Its codes are those of Winsock.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "system/windows/wide_text.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {

using address_list = ADDRINFOW;
constexpr int hinted_protocol = IPPROTO_TCP;

inline int look_up(const std::string& host, const std::string& service, const address_list& hints,
                   address_list*& found) {
  start_sockets();
  const std::wstring name = wide(host);
  return ::GetAddrInfoW(host.empty() ? nullptr : name.c_str(), wide(service).c_str(), &hints,
                        &found);
}

inline void free_list(address_list* list) noexcept { ::FreeAddrInfoW(list); }

inline std::string resolver_words(int code) {
  return code == EAI_NONAME ? "Host not found" : std::system_category().message(code);
}

// The errno of a failure that is not the resolver's own; else 0.
inline int errno_of_resolver(int code) noexcept { return code == EAI_MEMORY ? ENOMEM : 0; }

}  // namespace detail
}  // namespace iostls
