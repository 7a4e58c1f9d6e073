// SPDX-License-Identifier: Apache-2.0
#include "openssl/ticket_record.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <openssl/x509.h>

#include "base/length_prefixed.hpp"

namespace iostls {
namespace detail {
namespace {

// Clients send their tickets in the hello, and each byte is encrypted and hashed several times: so the record
// is short. The last character of its mark is the version of the format.
constexpr std::string_view record_mark = "i3";

constexpr unsigned flag_chain = 1;
constexpr unsigned flag_end = 2;
constexpr unsigned flag_psk = 4;

constexpr int time_size = 5;
constexpr utc_seconds latest_time =
    (utc_seconds{1} << 8 * time_size) - 1;  // far after the year 9999

void append_time(std::string& bytes, utc_seconds time) {
  const utc_seconds fitting = std::clamp(time, utc_seconds{0}, latest_time);
  for (int i = time_size - 1; i >= 0; --i) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(fitting) >> 8 * i & 0xffU);
  }
}

// Takes the fields of fixed size off the front of the bytes.
class front_reader {
 public:
  explicit front_reader(std::string_view bytes) noexcept : bytes_(bytes) {}

  bool next(std::size_t size, std::string_view& field) noexcept {
    if (bytes_.size() < size) return false;
    field = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return true;
  }

  bool next(unsigned& byte) noexcept {
    std::string_view field;
    if (!next(1, field)) return false;
    byte = static_cast<unsigned char>(field[0]);
    return true;
  }

  bool next(utc_seconds& time) noexcept {
    std::string_view field;
    if (!next(time_size, field)) return false;
    time = 0;
    for (const char c : field) time = time << 8 | static_cast<unsigned char>(c);
    return true;
  }

  std::string rest() const { return std::string(bytes_); }

 private:
  std::string_view bytes_;
};

bool read_chain(field_reader& from, ticket_record& r) {
  std::string field;
  while (from.more()) {
    if (!from.next(field)) return false;
    r.chain.push_back(from_der<x509_ptr>(field, d2i_X509));
    if (r.chain.back() == nullptr) return false;
  }
  return true;
}

bool read_rest(const std::string& bytes, unsigned flags, ticket_record& r) {
  field_reader from(bytes, 0);
  const bool has_key = (flags & flag_psk) != 0;
  if (has_key && !(from.next(r.psk_identity) && from.next(r.psk_digest))) return false;
  return read_chain(from, r);
}

bool read_record(std::string_view bytes, ticket_record& r) {
  front_reader from(bytes);
  unsigned flags = 0;
  unsigned size = 0;
  std::string_view end_point;
  if (!from.next(flags) || !from.next(r.made)) return false;
  if ((flags & flag_end) != 0 && !from.next(r.until)) return false;
  if (!from.next(size) || !from.next(size, end_point)) return false;
  r.end_point = end_point;
  r.has_chain = (flags & flag_chain) != 0;
  return read_rest(from.rest(), flags, r);
}

}  // namespace

bool write_record(SSL_SESSION* session, const ticket_record& record) {
  const bool ends = record.until != ticket_record().until;
  const bool has_key = !record.psk_identity.empty();
  const unsigned flags =
      (record.has_chain ? flag_chain : 0) | (ends ? flag_end : 0) | (has_key ? flag_psk : 0);
  std::string bytes(record_mark);
  bytes += static_cast<char>(flags);
  append_time(bytes, record.made);
  if (ends) append_time(bytes, record.until);
  bytes += static_cast<char>(record.end_point.size());  // that of a digest
  bytes += record.end_point;
  if (has_key) append_field(bytes, record.psk_identity);
  if (has_key) append_field(bytes, record.psk_digest);
  for (const x509_ptr& each : record.chain) {
    append_field(bytes, to_der<const X509>(each.get(), i2d_X509));
  }
  return SSL_SESSION_set1_ticket_appdata(session, bytes.data(), bytes.size()) == 1;
}

std::optional<ticket_record> record_of(SSL_SESSION* session) {
  void* data = nullptr;
  std::size_t size = 0;
  if (SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1 || data == nullptr) return {};
  std::string_view bytes(static_cast<const char*>(data), size);
  if (bytes.substr(0, record_mark.size()) != record_mark) return {};
  bytes.remove_prefix(record_mark.size());
  ticket_record r;
  if (!read_record(bytes, r)) return {};
  return r;
}

}  // namespace detail
}  // namespace iostls
