// SPDX-License-Identifier: Apache-2.0
// Host names as users give them, in the form that TLS needs.
#pragma once

#include <string>
#include <string_view>

#include <openssl/x509v3.h>

namespace iostls {
namespace detail {

// The rules for matching names: only subject alternative names count, and a wildcard stands for a
// whole label (RFC 9525).
constexpr unsigned host_match_flags =
    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

// A host as certificates and SNI write it: names and IPv4 addresses without their final dot, IPv6
// addresses without their zone.
struct host_name {
  explicit host_name(const std::string& given);

  std::string text;
  bool is_address = false;
  std::string fault;  // why it is neither a name nor an address; empty if it is one of them
};

// The `fault` of this text as a host_name.
inline std::string host_name_fault(const std::string& text) { return host_name(text).fault; }

// A host for errors. The text may in fact be a URL with a password or a query in it: these are left
// out, and long text is cut.
std::string shown_host(const std::string& given);

// In lower case, for ASCII letters.
std::string lower_case(std::string name);

// Whether two texts are equal except for the case of ASCII letters.
bool same_letters(std::string_view a, std::string_view b) noexcept;

// Whether two names are the same: DNS ignores the case of ASCII letters, and a final dot.
bool same_host(std::string_view a, std::string_view b) noexcept;

// The least that is required of a name that a client asks for: ASCII without spaces and control
// characters, of at most 255 characters. Then it forges no lines of a log. Names that no host has,
// as "a_b" or "host:443", are sent by real clients, and harm nobody.
bool may_be_asked_for(std::string_view name) noexcept;

}  // namespace detail
}  // namespace iostls
