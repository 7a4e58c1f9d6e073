// SPDX-License-Identifier: Apache-2.0
#include "transport/proxy_protocol.hpp"

#include <algorithm>
#include <array>

#include "base/escape.hpp"
#include "system/ip_bytes.hpp"

namespace iostls {
namespace detail {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view signature_1 = "PROXY "sv;
constexpr std::string_view signature_2 = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t longest_line = 107;  // of version 1, including its end
constexpr std::size_t fixed_size = 16;     // of version 2
constexpr std::size_t unix_path_size = 108;

bool is_beginning_of(std::string_view signature, std::string_view bytes) {
  const std::size_t size = std::min(signature.size(), bytes.size());
  return bytes.substr(0, size) == signature.substr(0, size);
}

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::size_t number_at(std::string_view bytes, std::size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

// Empty for a socket that is not bound to a path.
std::string path_of(std::string_view field) {
  const std::size_t begin = field.find_first_not_of('\0');
  if (begin == std::string_view::npos) return {};
  const std::string_view name = field.substr(begin != 0 ? 1 : 0);
  return (begin != 0 ? "unix:@" : "unix:") +
         escaped_text(std::string(name.substr(0, name.find('\0'))));
}

// The layout for TCP and UDP over IPv4 or IPv6: two addresses, then two ports.
void read_addresses(std::string_view fields, std::size_t size, proxy_header& header) {
  const auto* const at = reinterpret_cast<const unsigned char*>(fields.data());
  header.source =
      ip_bytes(at, size).text_with_port(static_cast<unsigned>(number_at(fields, 2 * size)));
  header.destination = ip_bytes(at + size, size)
                           .text_with_port(static_cast<unsigned>(number_at(fields, 2 * size + 2)));
}

// Returns why the fields of version 2 cannot be read; empty if they are read.
std::string read_fields(unsigned family, std::string_view fields, proxy_header& header) {
  constexpr unsigned unspecified = 0;
  constexpr unsigned ipv4 = 1;  // and 2 is IPv6
  constexpr unsigned local_socket = 3;
  const std::size_t size = family == ipv4 ? 4 : 16;
  const std::size_t needed = family == local_socket ? 2 * unix_path_size : 2 * size + 4;
  if (family == unspecified) return {};
  if (family > local_socket) return "has an unknown family of addresses";
  if (fields.size() < needed) return "is too short for its addresses";
  if (family != local_socket) {
    read_addresses(fields, size, header);
    return {};
  }
  header.source = path_of(fields.substr(0, unix_path_size));
  header.destination = path_of(fields.substr(unix_path_size, unix_path_size));
  if (header.source.empty()) header.source = "unix:";
  return {};
}

std::size_t parse_2(std::string_view bytes, proxy_header& header, std::string& fault) {
  if (bytes.size() < fixed_size) return 0;
  const unsigned version = byte_at(bytes, 12) >> 4;
  const unsigned command = byte_at(bytes, 12) & 15;
  const std::size_t size = fixed_size + number_at(bytes, 14);
  if (version != 2) fault = "has version " + std::to_string(version);
  if (version == 2 && command > 1) fault = "has unknown command " + std::to_string(command);
  if (size > longest_proxy_header) fault = "is longer than 16 KiB";
  if (!fault.empty() || bytes.size() < size) return 0;
  header.version = 2;
  if (command == 1) {
    fault =
        read_fields(byte_at(bytes, 13) >> 4, bytes.substr(fixed_size, size - fixed_size), header);
  }
  return fault.empty() ? size : 0;
}

// Splits a line at single blanks.
template <std::size_t Count>
bool split(std::string_view line, std::array<std::string_view, Count>& words) {
  for (std::size_t i = 0; i != Count; ++i) {
    const std::size_t end = line.find(' ');
    if ((end == std::string_view::npos) != (i + 1 == Count)) return false;
    words[i] = line.substr(0, end);
    if (words[i].empty()) return false;
    line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  }
  return true;
}

bool parse_port(std::string_view text, unsigned& port) {
  port = 0;
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    port = 10 * port + static_cast<unsigned>(c - '0');
  }
  return port <= 65535;
}

// "192.0.2.1" of the announced family, and "443".
bool parse_endpoint(bool is_ipv6, std::string_view address, std::string_view port,
                    std::string& endpoint) {
  const ip_bytes bytes{std::string(address)};
  unsigned number = 0;
  if (is_ipv6 != (address.find(':') != std::string_view::npos) || bytes.size == 0) return false;
  if (!parse_port(port, number)) return false;
  endpoint = bytes.text_with_port(number);
  return true;
}

bool parse_line(std::string_view line, proxy_header& header) {
  if (line == "UNKNOWN"sv || line.substr(0, 8) == "UNKNOWN "sv) return true;
  std::array<std::string_view, 5> words;
  if (!split(line, words) || (words[0] != "TCP4"sv && words[0] != "TCP6"sv)) return false;
  const bool is_ipv6 = words[0] == "TCP6"sv;
  return parse_endpoint(is_ipv6, words[1], words[3], header.source) &&
         parse_endpoint(is_ipv6, words[2], words[4], header.destination);
}

std::size_t parse_1(std::string_view bytes, proxy_header& header, std::string& fault) {
  const std::size_t end = bytes.substr(0, longest_line).find("\r\n"sv);
  if (end == std::string_view::npos) {
    if (bytes.size() >= longest_line) fault = "has a line that does not end";
    return 0;
  }
  const std::string_view line = bytes.substr(signature_1.size(), end - signature_1.size());
  if (!parse_line(line, header)) {
    header = {};
    fault = "cannot be read: \"" + excerpt(std::string(bytes.substr(0, end))) + "\"";
    return 0;
  }
  header.version = 1;
  return end + 2;
}

}  // namespace

std::size_t parse_proxy_header(std::string_view bytes, proxy_header& header, std::string& fault) {
  if (is_beginning_of(signature_2, bytes)) return parse_2(bytes, header, fault);
  if (is_beginning_of(signature_1, bytes)) {
    return bytes.size() < signature_1.size() ? 0 : parse_1(bytes, header, fault);
  }
  fault = "is missing: the peer has sent \"" + excerpt(std::string(bytes.substr(0, 32))) + "\"";
  return 0;
}

}  // namespace detail
}  // namespace iostls
