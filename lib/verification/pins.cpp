// SPDX-License-Identifier: Apache-2.0
#include "verification/pins.hpp"

#include <algorithm>
#include <string_view>

#include <openssl/evp.h>

#include "base/escape.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t base64_size = pin_base64_size;

[[noreturn]] void refuse_pin(const std::string& message) {
  throw_option_error(ssl_errc::bad_configuration, "pinned_public_keys", message);
}

pin parsed_pin(const std::string& text) {
  const std::string name = '"' + escaped_text(text) + '"';
  if (text.compare(0, pin_mark.size(), pin_mark) != 0)
    refuse_pin(name + " does not begin with \"sha256//\"");
  const std::string base64 = text.substr(pin_mark.size());
  if (base64.size() != base64_size) refuse_pin(name + " is not the base 64 of 32 bytes");
  std::array<unsigned char, base64_size> bytes{};
  const auto* const from = reinterpret_cast<const unsigned char*>(base64.data());
  const int count = EVP_DecodeBlock(bytes.data(), from, base64_size);
  pin result{};
  std::copy_n(bytes.begin(), result.size(), result.begin());
  clear_error_queue();
  // EVP_DecodeBlock skips white space, and ignores bits that carry no information.
  if (count < 0 || to_text(result) != text) refuse_pin(name + " is not the base 64 of 32 bytes");
  return result;
}

// An element may hold several pins, in curl's form: "sha256//...;sha256//...".
void parse_element(const std::string& element, std::vector<pin>& pins) {
  for (std::size_t begin = 0; begin <= element.size();) {
    const std::size_t end = std::min(element.find(';', begin), element.size());
    pins.push_back(parsed_pin(element.substr(begin, end - begin)));
    begin = end + 1;
  }
}

}  // namespace

std::vector<pin> parse_pins(const setting<std::vector<std::string>>& option) {
  std::vector<pin> pins;
  if (!option.has_value()) return pins;
  if (option.value().empty()) refuse_pin("the list is empty, so that no key would do");
  for (const std::string& element : option.value()) parse_element(element, pins);
  return pins;
}

}  // namespace detail
}  // namespace iostls
