// SPDX-License-Identifier: Apache-2.0
// First messages of clients that no library would send.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <iostls/ssl_stream.hpp>

#include "memory_transport.hpp"
#include "record_forge.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {

// With its length in front, in so many bytes.
inline std::string block(const std::string& text, std::size_t size_of_length) {
  return big_endian(text.size(), size_of_length) + text;
}

inline std::string hello_extension(unsigned type, const std::string& body) {
  return big_endian(type, 2) + block(body, 2);
}

// A client of TLS 1.3 with x25519 and TLS_AES_128_GCM_SHA256, and with these extensions at the end.
inline std::string raw_hello(const std::string& extensions) {
  const std::string x25519 = big_endian(0x001d, 2);
  const std::string usual =
      hello_extension(43, block(big_endian(0x0304, 2), 1)) +  // supported_versions
      hello_extension(10, block(x25519, 2)) +                 // supported_groups
      hello_extension(13, block(big_endian(0x0403, 2) + big_endian(0x0804, 2), 2)) +
      hello_extension(51, block(x25519 + block(std::string(32, '\x09'), 2), 2)) +  // key_share
      hello_extension(45, block(std::string(1, '\1'), 1));  // psk_key_exchange_modes
  const std::string body = big_endian(0x0303, 2) + std::string(32, 'r') + block("", 1) +
                           block(big_endian(0x1301, 2), 2) + block(std::string(1, '\0'), 1) +
                           block(usual + extensions, 2);
  return '\1' + block(body, 3);
}

// pre_shared_key, which has to be the last extension: with a binder of zeros for each.
inline std::string offer_of(const std::vector<std::string>& identities) {
  std::string list, binders;
  for (const std::string& each : identities) {
    list += block(each, 2) + big_endian(0, 4);
    binders += block(std::string(32, '\0'), 1);
  }
  return hello_extension(41, block(list, 2) + block(binders, 2));
}

inline std::string in_records(const std::string& message, std::size_t size = 16384) {
  std::string records;
  for (std::size_t at = 0; at < message.size(); at += size) {
    records += std::string("\x16\x03\x01") + block(message.substr(at, size), 2);
  }
  return records;
}

// A server that gets these bytes, and then the end.
inline std::unique_ptr<ssl_server_stream> server_after(const std::string& bytes,
                                                       const ssl_context& server) {
  memory_pair ends = memory_pipe(1 << 20);
  require(ends.b->write_some(bytes.data(), bytes.size()).count == bytes.size(), "write_some");
  ends.b->shutdown_write();
  return std::make_unique<ssl_server_stream>(std::move(ends.a), server);
}

// Why it has failed.
inline ssl_error failure_after(const std::string& bytes, const ssl_context& server) {
  const auto stream = server_after(bytes, server);
  return thrown_by([&] { stream->do_handshake(); });
}

}  // namespace test
}  // namespace iostls
