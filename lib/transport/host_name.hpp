// SPDX-License-Identifier: Apache-2.0
// Names of hosts as users give them, and what TLS wants to have of them.
#pragma once

#include <string>
#include <string_view>

#include <openssl/x509v3.h>

namespace iostls {
namespace detail {

// The rules that names are matched by: subject alternative names alone count, and a wildcard stands
// for a whole label (RFC 9525).
constexpr unsigned host_match_flags =
    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

// A host as certificates and SNI write it: a name or an IPv4 address has lost its final dot, an address
// of IPv6 its zone.
struct host_name {
  explicit host_name(const std::string& given);

  std::string text;
  bool is_address = false;
  std::string fault;  // why it is neither a name nor an address; empty if it is one of them
};

// The same fault.
inline std::string host_name_fault(const std::string& text) { return host_name(text).fault; }

// For errors. What was taken for a host may be a URL with a password in it, or with a query: they are left
// out, and what is long is cut.
std::string shown_host(const std::string& given);

// With small letters, in ASCII.
std::string lower_case(std::string name);

// Whether two texts are the same but for the case of letters, in ASCII.
bool same_letters(std::string_view a, std::string_view b) noexcept;

// Whether two names are the same: DNS ignores the case of ASCII letters, and a final dot.
bool same_host(std::string_view a, std::string_view b) noexcept;

}  // namespace detail
}  // namespace iostls
