// SPDX-License-Identifier: Apache-2.0
#include <iostls/tlsa_record.hpp>

#include <cstddef>
#include <locale>
#include <sstream>

#include <openssl/x509.h>

#include "base/escape.hpp"
#include "base/hexadecimal.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace {

// The numbers of RFC 6698, 7.2 to 7.4.
constexpr std::uint8_t last_usage = 3;
constexpr std::uint8_t whole_certificate = 0;
constexpr std::uint8_t last_selector = 1;
enum : std::uint8_t { as_it_is = 0, by_sha256 = 1, by_sha512 = 2 };

constexpr std::size_t sha256_size = 32;
constexpr std::size_t sha512_size = 64;

[[noreturn]] void refuse_record(const std::string& message) {
  detail::throw_option_error(ssl_errc::bad_configuration, "tlsa_records", message);
}

int value_of_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// False unless the text has pairs of digits only.
bool read_hexadecimal(const std::string& text, std::string& bytes) {
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i != text.size(); i += 2) {
    const int high = value_of_digit(text[i]);
    const int low = value_of_digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high * 16 + low);
  }
  return true;
}

// 0 to 255, in decimal digits.
bool read_number(std::istream& in, std::uint8_t& number) {
  std::string word;
  in >> word;
  if (word.empty() || word.size() > 3 || word.find_first_not_of("0123456789") != std::string::npos)
    return false;
  const int value = std::stoi(word);
  number = static_cast<std::uint8_t>(value);
  return value <= 255;
}

bool has_public_key(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  const detail::x509_ptr parsed(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  return parsed != nullptr && at == end && X509_get0_pubkey(parsed.get()) != nullptr;
}

bool is_public_key(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  const detail::pkey_ptr parsed(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  return parsed != nullptr && at == end;
}

std::string unknown_number(const char* what, int number, const char* known) {
  return std::string("the ") + what + ' ' + std::to_string(number) + " is none of " + known;
}

std::string digest_fault(const char* name, std::size_t wanted, std::size_t size) {
  if (size == wanted) return {};
  return std::string("a ") + name + " has " + std::to_string(wanted) + " bytes, and this has " +
         std::to_string(size);
}

std::string der_fault(const tlsa_record& record) {
  const detail::error_queue_mark quiet;
  if (record.selector == whole_certificate) {
    return has_public_key(record.data) ? "" : "the data are no certificate in DER";
  }
  return is_public_key(record.data) ? "" : "the data are no SubjectPublicKeyInfo in DER";
}

}  // namespace

tlsa_record tlsa_record::parse(const std::string& text) {
  std::istringstream in(text);
  in.imbue(std::locale::classic());
  tlsa_record record;
  std::string digits;
  bool ok = read_number(in, record.usage) && read_number(in, record.selector) &&
            read_number(in, record.matching_type);
  for (std::string word; in >> word;) digits += word;
  ok = ok && !digits.empty() && read_hexadecimal(digits, record.data);
  if (ok) return record;
  refuse_record(
      '"' + detail::excerpt(text) +
      "\" is no TLSA record: three numbers up to 255 and hexadecimal digits are needed, as in \"3 "
      "1 1 0c72ac70...\"");
}

tlsa_record tlsa_record::from_rdata(const std::string& bytes) {
  constexpr std::size_t head = 3;
  if (bytes.size() < head) {
    refuse_record("the RDATA of a TLSA record has at least 3 bytes, and this has " +
                  std::to_string(bytes.size()));
  }
  const auto number = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  return {number(0), number(1), number(2), bytes.substr(head)};
}

std::string tlsa_record::text() const {
  return std::to_string(usage) + ' ' + std::to_string(selector) + ' ' +
         std::to_string(matching_type) + ' ' + detail::hexadecimal(data);
}

std::string tlsa_record::fault() const {
  if (usage > last_usage) return unknown_number("usage", usage, "0, 1, 2 and 3");
  if (selector > last_selector) return unknown_number("selector", selector, "0 and 1");
  switch (matching_type) {
    case as_it_is:
      return der_fault(*this);
    case by_sha256:
      return digest_fault("SHA-256", sha256_size, data.size());
    case by_sha512:
      return digest_fault("SHA-512", sha512_size, data.size());
    default:
      return unknown_number("matching type", matching_type, "0, 1 and 2");
  }
}

}  // namespace iostls
