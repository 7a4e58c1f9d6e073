// SPDX-License-Identifier: Apache-2.0
// Sequences of fields, each with its length in front, and OpenSSL's objects as such fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace iostls {
namespace detail {

inline void append_field(std::string& bytes, const std::string& field) {
  const auto size = static_cast<std::uint32_t>(field.size());
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift & 0xffU);
  bytes += field;
}

// Reads the fields after the first `at` bytes. The bytes must outlive the reader.
class field_reader {
 public:
  field_reader(const std::string& bytes, std::size_t at) noexcept : bytes_(bytes), at_(at) {}

  bool more() const noexcept { return at_ < bytes_.size(); }

  // False if the bytes end too early.
  bool next(std::string& field) {
    constexpr std::size_t length_size = 4;
    if (at_ > bytes_.size() || bytes_.size() - at_ < length_size) return false;
    std::uint32_t size = 0;
    for (std::size_t i = 0; i != length_size; ++i) {
      size = size << 8U | static_cast<unsigned char>(bytes_[at_++]);
    }
    if (bytes_.size() - at_ < size) return false;
    field = bytes_.substr(std::exchange(at_, at_ + size), size);
    return true;
  }

 private:
  const std::string& bytes_;
  std::size_t at_;
};

// The DER form of an object; empty if OpenSSL cannot write it.
template <class T>
std::string to_der(T* object, int (*encode)(T*, unsigned char**)) {
  const int size = encode(object, nullptr);
  if (size <= 0) return {};
  std::string bytes(static_cast<std::size_t>(size), '\0');
  auto* end = reinterpret_cast<unsigned char*>(bytes.data());
  encode(object, &end);
  return bytes;
}

// Null unless the bytes are exactly one object.
template <class Ptr, class Decode>
Ptr from_der(const std::string& bytes, Decode decode) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  Ptr object(decode(nullptr, &at, static_cast<long>(bytes.size())));
  if (at != end) object.reset();
  return object;
}

}  // namespace detail
}  // namespace iostls
