// SPDX-License-Identifier: Apache-2.0
// Reads the head of an HTTP/1.x message (RFC 9112) from any std::istream, within limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <utility>
#include <vector>

namespace example {

constexpr std::size_t max_line = 8192;
constexpr std::size_t max_fields = 100;
constexpr std::size_t max_head = 65536;

enum class outcome {
  complete,
  none,        // the input ended, or failed, before the first byte
  incomplete,  // ... in the middle
  malformed,
  start_line_too_long,
  fields_too_large
};

struct http_message {
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case

  std::size_t count(const std::string& name) const;

  // The values of all fields of this name, joined by ", " as RFC 9110, 5.2 has it.
  std::string value(const std::string& name) const;

  // Whether a field like Connection, a list of words, has this word.
  bool has_token(const std::string& name, const std::string& token) const;
};

// Reads up to and including the empty line that ends the head.
outcome read_head(std::istream& in, http_message& message);

// Reads a line of at most `max_line` bytes, and removes its LF or CRLF. If the line is too long,
// its rest stays unread and failbit clear.
enum class line_outcome { complete, none, incomplete, too_long };
line_outcome read_line(std::istream& in, std::string& line);

// A Content-Length. False unless it consists of digits only: "5, 5" and "+5" are used to smuggle
// requests past proxies.
bool parse_length(const std::string& text, std::uint64_t& length);

// Whether this is a token: a method or a field name.
bool is_token(const std::string& text);

// "[::1]" for "::1", anything else unchanged.
std::string bracketed(const std::string& host);

std::string lower_case(std::string text);

}  // namespace example
