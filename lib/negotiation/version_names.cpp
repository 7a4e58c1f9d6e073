// SPDX-License-Identifier: Apache-2.0
#include "negotiation/version_names.hpp"

#include <array>
#include <cstdio>

namespace iostls {
namespace detail {

std::string version_text(int version) {
  switch (version) {
    case SSL3_VERSION:
      return "SSL 3.0";
    case TLS1_VERSION:
      return "TLS 1.0";
    case TLS1_1_VERSION:
      return "TLS 1.1";
    case TLS1_2_VERSION:
      return "TLS 1.2";
    case TLS1_3_VERSION:
      return "TLS 1.3";
    default:
      break;
  }
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%04x", static_cast<unsigned>(version) & 0xffffU);
  return text.data();
}

std::string offered_versions(SSL* ssl) {
  const int least = static_cast<int>(SSL_get_min_proto_version(ssl));
  const int most = static_cast<int>(SSL_get_max_proto_version(ssl));
  if (least == most) return "we offer only " + version_text(least);
  const bool are_two = least + 1 == most;
  return "we offer " + version_text(least) + (are_two ? " and " : " to ") + version_text(most);
}

}  // namespace detail
}  // namespace iostls
