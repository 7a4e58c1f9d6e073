// SPDX-License-Identifier: Apache-2.0
#include <iostls/tls_alert.hpp>

#include <ostream>
#include <string>

#include <openssl/ssl.h>

#include "negotiation/alert_names.hpp"

namespace iostls {
namespace detail {

// OpenSSL's words are the RFC's names, but for the spaces: "unknown CA", "bad certificate".
std::string alert_name(int alert) {
  std::string name;
  for (const char* c = SSL_alert_desc_string_long(alert); *c != '\0'; ++c) {
    const bool is_capital = *c >= 'A' && *c <= 'Z';
    name += *c == ' ' ? '_' : static_cast<char>(is_capital ? *c - 'A' + 'a' : *c);
  }
  return name == "unknown" ? std::to_string(alert) : name;
}

}  // namespace detail

std::ostream& operator<<(std::ostream& out, tls_alert alert) {
  return out << detail::alert_name(static_cast<int>(alert));
}

}  // namespace iostls
