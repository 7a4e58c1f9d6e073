// SPDX-License-Identifier: Apache-2.0
#include "openssl/ticket_record.hpp"

#include <charconv>
#include <string_view>

#include <openssl/x509.h>

#include "base/length_prefixed.hpp"

namespace iostls {
namespace detail {
namespace {

// The number at its end is the version of the format.
constexpr std::string_view record_mark = "iostls ticket 2";

std::string chain_word(bool has_chain) { return has_chain ? "whole" : "cut"; }

bool read_number(const std::string& text, utc_seconds& number) {
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  return result.ec == std::errc() && result.ptr == end;
}

bool read_times(field_reader& from, ticket_record& r) {
  std::string made;
  std::string until;
  return from.next(made) && from.next(until) && read_number(made, r.made) &&
         read_number(until, r.until);
}

bool read_chain(field_reader& from, ticket_record& r) {
  std::string field;
  if (!from.next(field)) return false;
  r.has_chain = field == chain_word(true);
  while (from.more()) {
    if (!from.next(field)) return false;
    r.chain.push_back(from_der<x509_ptr>(field, d2i_X509));
    if (r.chain.back() == nullptr) return false;
  }
  return true;
}

}  // namespace

bool write_record(SSL_SESSION* session, const ticket_record& record) {
  std::string bytes(record_mark);
  append_field(bytes, std::to_string(record.made));
  append_field(bytes, std::to_string(record.until));
  append_field(bytes, record.psk_identity);
  append_field(bytes, record.psk_digest);
  append_field(bytes, record.end_point);
  append_field(bytes, chain_word(record.has_chain));
  for (const x509_ptr& each : record.chain) {
    append_field(bytes, to_der<const X509>(each.get(), i2d_X509));
  }
  return SSL_SESSION_set1_ticket_appdata(session, bytes.data(), bytes.size()) == 1;
}

std::optional<ticket_record> record_of(SSL_SESSION* session) {
  void* data = nullptr;
  std::size_t size = 0;
  if (SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1 || data == nullptr) return {};
  const std::string bytes(static_cast<const char*>(data), size);
  if (bytes.compare(0, record_mark.size(), record_mark) != 0) return {};
  field_reader from(bytes, record_mark.size());
  ticket_record r;
  const bool is_whole = read_times(from, r) && from.next(r.psk_identity) &&
                        from.next(r.psk_digest) && from.next(r.end_point) && read_chain(from, r);
  if (!is_whole) return {};
  return r;
}

}  // namespace detail
}  // namespace iostls
