// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <iostls/options.hpp>

#include "openssl/error.hpp"

namespace iostls {
namespace {

constexpr tls_version oldest = tls_version::tls1_0;
constexpr tls_version newest = tls_version::tls1_3;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool read_version(const std::string& name, tls_version& version) {
  if (name == "tlsv1") {
    version = tls_version::tls1_0;
  } else if (name == "tlsv1.1") {
    version = tls_version::tls1_1;
  } else if (name == "tlsv1.2") {
    version = tls_version::tls1_2;
  } else if (name == "tlsv1.3") {
    version = tls_version::tls1_3;
  } else {
    return false;
  }
  return true;
}

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

[[noreturn]] void refuse_method(const std::string& name, const std::string& text) {
  std::string reason =
      "no method has this name; there are tls, tlsv1, tlsv1.1, tlsv1.2 and tlsv1.3, and with + or "
      "- "
      "behind them all newer or older ones";
  if (starts_with(text, "sslv2")) reason = "SSL 2.0 is broken and prohibited by RFC 6176";
  if (starts_with(text, "sslv3")) reason = "SSL 3.0 is broken and prohibited by RFC 7568";
  detail::throw_option_error(ssl_errc::bad_configuration, "method", "\"" + name + "\": " + reason);
}

}  // namespace

tls_method tls_method::parse(const std::string& name) {
  const std::string text = lower(name);
  for (const char* const all_safe : {"tls", "tls+", "sslv23", "sslv23+"}) {
    if (text == all_safe) return {};
  }
  const char suffix = text.empty() ? '\0' : text.back();
  const bool is_open = suffix == '+' || suffix == '-';
  tls_version version{};
  if (!read_version(is_open ? text.substr(0, text.size() - 1) : text, version)) {
    refuse_method(name, text);
  }
  tls_method method;
  method.min = suffix == '-' ? oldest : version;
  method.max = suffix == '+' ? newest : version;
  return method;
}

}  // namespace iostls
