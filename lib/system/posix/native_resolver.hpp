// SPDX-License-Identifier: Apache-2.0
// getaddrinfo(3), for resolver.cpp.
#pragma once

#include <cerrno>
#include <string>

#include "system/posix/bsd_sockets.hpp"

namespace iostls {
namespace detail {

using address_list = addrinfo;
constexpr int hinted_protocol = 0;

inline int look_up(const std::string& host, const std::string& service, const address_list& hints,
                   address_list*& found) noexcept {
  return getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &found);
}

inline void free_list(address_list* list) noexcept { freeaddrinfo(list); }

inline std::string resolver_words(int code) { return gai_strerror(code); }

// The errno of a failure that is not the resolver's own; else 0.
inline int errno_of_resolver(int code) noexcept { return code == EAI_SYSTEM ? errno : 0; }

}  // namespace detail
}  // namespace iostls
