// SPDX-License-Identifier: Apache-2.0
// The PROXY protocol of haproxy.org as bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <iostls/proxy_header.hpp>

namespace iostls {
namespace detail {

constexpr std::size_t longest_proxy_header = 16 * 1024;

// Reads a header from the beginning of `bytes`. Returns how many of them it takes, or 0 if they are the
// beginning of a header, all of them, and more has to come. Where they are not, sets `fault`.
std::size_t parse_proxy_header(std::string_view bytes, proxy_header& header, std::string& fault);

}  // namespace detail
}  // namespace iostls
