// SPDX-License-Identifier: Apache-2.0
// Reads the fields of a message of a network protocol.
#pragma once

#include <cstddef>
#include <string_view>

namespace iostls {
namespace detail {

// A part of a message that is read from its front, in the order of the network. What would read more
// than there is returns false, and reads nothing of it.
class message_reader {
 public:
  explicit message_reader(std::string_view bytes) noexcept : rest_(bytes) {}

  bool at_end() const noexcept { return rest_.empty(); }
  std::string_view rest() const noexcept { return rest_; }

  bool number(std::size_t width, std::size_t& value) noexcept {
    if (rest_.size() < width) return false;
    value = 0;
    for (const char c : rest_.substr(0, width)) value = value << 8U | static_cast<unsigned char>(c);
    rest_.remove_prefix(width);
    return true;
  }

  bool skip(std::size_t size) noexcept {
    if (rest_.size() < size) return false;
    rest_.remove_prefix(size);
    return true;
  }

  // So many bytes, after their number, which takes `width` bytes itself.
  bool block(std::size_t width, std::string_view& bytes) noexcept {
    std::size_t length = 0;
    if (!number(width, length) || rest_.size() < length) return false;
    bytes = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }

 private:
  std::string_view rest_;
};

}  // namespace detail
}  // namespace iostls
