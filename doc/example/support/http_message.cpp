// SPDX-License-Identifier: Apache-2.0
#include "http_message.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace example {
namespace {

// Not <cctype>: in HTTP, letters do not depend on the locale.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_token_char(char c) {
  return is_digit(c) || is_letter(c) || (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

// A name that is followed by white space, and a line that begins with some, are not tokens:
// programs have read both differently, so they are refused (RFC 9112, 5.1, 5.2).
bool parse_field(const std::string& line, http_message& message) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) return false;
  const std::string name = line.substr(0, colon);
  if (!is_token(name) || has_control(line)) return false;
  message.fields.emplace_back(lower_case(name), trimmed(line.substr(colon + 1)));
  return true;
}

// One empty line may precede a start line: some clients end a body with one line end too many.
line_outcome read_start_line(std::istream& in, std::string& line) {
  const line_outcome first = read_line(in, line);
  return first == line_outcome::complete && line.empty() ? read_line(in, line) : first;
}

outcome read_fields(std::istream& in, http_message& message) {
  std::string line;
  std::size_t size = message.start_line.size();
  for (;;) {
    const line_outcome got = read_line(in, line);
    if (got == line_outcome::too_long) return outcome::fields_too_large;
    if (got != line_outcome::complete) return outcome::incomplete;
    if (line.empty()) return outcome::complete;
    size += line.size();
    if (size > max_head || message.fields.size() == max_fields) return outcome::fields_too_large;
    if (!parse_field(line, message)) return outcome::malformed;
  }
}

}  // namespace

std::size_t http_message::count(const std::string& name) const {
  return static_cast<std::size_t>(std::count_if(
      fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; }));
}

std::string http_message::value(const std::string& name) const {
  std::string all;
  bool first = true;
  for (const auto& field : fields) {
    if (field.first != name) continue;
    if (!first) all += ", ";
    first = false;
    all += field.second;
  }
  return all;
}

bool http_message::has_token(const std::string& name, const std::string& token) const {
  const std::string all = lower_case(value(name));
  for (std::size_t begin = 0; begin <= all.size();) {
    const std::size_t end = std::min(all.find(',', begin), all.size());
    if (trimmed(all.substr(begin, end - begin)) == token) return true;
    begin = end + 1;
  }
  return false;
}

outcome read_head(std::istream& in, http_message& message) {
  message = {};
  switch (read_start_line(in, message.start_line)) {
    case line_outcome::none:
      return outcome::none;
    case line_outcome::incomplete:
      return outcome::incomplete;
    case line_outcome::too_long:
      return outcome::start_line_too_long;
    case line_outcome::complete:
      break;
  }
  if (has_control(message.start_line)) return outcome::malformed;
  return read_fields(in, message);
}

// std::getline(in, string) would use as much memory as the peer sends without a line end.
line_outcome read_line(std::istream& in, std::string& line) {
  std::array<char, max_line + 2> buffer{};
  in.getline(buffer.data(), buffer.size());
  if (!in.good()) {
    if (in.eof() || in.bad()) {
      return in.gcount() == 0 ? line_outcome::none : line_outcome::incomplete;
    }
    in.clear();
    return line_outcome::too_long;
  }
  line.assign(buffer.data(), static_cast<std::size_t>(in.gcount()) - 1);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line_outcome::complete;
}

bool parse_length(const std::string& text, std::uint64_t& length) {
  if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), is_digit)) {
    return false;
  }
  length = std::stoull(text);
  return true;
}

bool is_token(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace example
