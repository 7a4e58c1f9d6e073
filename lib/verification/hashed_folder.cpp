// SPDX-License-Identifier: Apache-2.0
#include "verification/hashed_folder.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "system/file_content.hpp"
#include "system/folder.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t hash_size = 8;

bool is_hexadecimal(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// "9d66eef0.r" and 12 of "9d66eef0.r12".
struct numbered {
  std::string stem;
  std::string number;
};

numbered split_name(const std::string& name) {
  const std::size_t stem = hash_size + (name.compare(hash_size, 2, ".r") == 0 ? 2 : 1);
  return {name.substr(0, stem), name.substr(stem)};
}

std::string number_before(const std::string& number) {
  return std::to_string(std::stoul(number) - 1);
}

// Whether the look-up gets to this name.
bool is_reached(const std::string& name, const std::set<std::string>& names) {
  constexpr std::size_t longest = 6;
  const numbered parts = split_name(name);
  const bool is_lower =
      std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'F'; });
  const bool is_plain = !parts.number.empty() && parts.number.size() <= longest &&
                        std::all_of(parts.number.begin(), parts.number.end(), is_digit);
  if (!is_plain || !is_lower) return false;
  return parts.number == "0" ||
         (parts.number[0] != '0' && names.count(parts.stem + number_before(parts.number)) != 0);
}

// The look-up does not read other encodings.
bool is_pem_file(const std::string& path) {
  std::string content;
  return read_regular_file(path, content) == 0 &&
         (content.find("CERTIFICATE-----") != std::string::npos ||
          content.find("X509 CRL-----") != std::string::npos);
}

}  // namespace

bool is_hashed_name(const std::string& name) {
  return name.find('.') == hash_size &&
         std::all_of(name.begin(), name.begin() + hash_size, is_hexadecimal);
}

std::vector<std::string> folders_in(const std::string& list) {
  std::vector<std::string> folders;
  std::istringstream parts(list);
  for (std::string part; getline(parts, part, folder_separator());) {
    if (!part.empty()) folders.push_back(part);
  }
  return folders;
}

bool is_found_by_hash(const std::string& folder) {
  std::set<std::string> names;
  for (const std::string& name : names_in_folder(folder)) {
    if (is_hashed_name(name)) names.insert(name);
  }
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return is_reached(name, names) && is_pem_file(folder + '/' + name);
  });
}

}  // namespace detail
}  // namespace iostls
