// SPDX-License-Identifier: Apache-2.0
#include "negotiation/ech_config_list.hpp"

#include <cstddef>
#include <string_view>

#include <openssl/evp.h>

#include "base/message_reader.hpp"
#include "openssl/error_queue.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t version_of_rfc_9849 = 0xfe0d;
constexpr std::size_t longest_ech_list = 65537;

// Empty if it is none.
std::string decoded_base64(std::string_view text) {
  const error_queue_mark quiet;
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty() || text.size() > 2 * longest_ech_list) return {};
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  const std::size_t padding = text.size() - (text.find_last_not_of('=') + 1);
  if (size <= 0 || static_cast<std::size_t>(size) < padding) return {};
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string as_list(std::string_view config) {
  const std::size_t size = config.size();
  std::string list{static_cast<char>(size >> 8U & 0xffU), static_cast<char>(size & 0xffU)};
  return list.append(config);
}

std::optional<std::vector<std::string>> configs_in(std::string_view bytes) {
  message_reader all(bytes);
  std::string_view list;
  if (!all.block(2, list) || !all.at_end() || list.empty()) return {};
  std::vector<std::string> configs;
  for (message_reader rest(list); !rest.at_end();) {
    const std::string_view from = rest.rest();
    std::size_t version = 0;
    std::string_view content;
    if (!rest.number(2, version) || !rest.block(2, content)) return {};
    if (version != version_of_rfc_9849) continue;
    configs.push_back(as_list(from.substr(0, from.size() - rest.rest().size())));
  }
  return configs;
}

}  // namespace

std::optional<std::vector<std::string>> ech_configs(const std::string& list) {
  std::optional<std::vector<std::string>> configs = configs_in(list);
  return configs ? configs : configs_in(decoded_base64(list));
}

}  // namespace detail
}  // namespace iostls
