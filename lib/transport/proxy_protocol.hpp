// SPDX-License-Identifier: Apache-2.0
// Parses the PROXY protocol of haproxy.org.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <iostls/proxy_header.hpp>

namespace iostls {
namespace detail {

constexpr std::size_t longest_proxy_header = 16 * 1024;

// Reads a header from the beginning of `bytes`. Returns its size, or 0 if `bytes` are the beginning
// of a header whose rest is missing. Sets `fault` if they are not.
std::size_t parse_proxy_header(std::string_view bytes, proxy_header& header, std::string& fault);

}  // namespace detail
}  // namespace iostls
