// SPDX-License-Identifier: Apache-2.0
// Lists of configurations for Encrypted Client Hello, whether or not OpenSSL has it.
#include "negotiation/ech_config_list.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ech_key.hpp"

namespace iostls {
namespace test {
namespace {

using lists = std::vector<std::string>;

std::string with_length(const std::string& content) {
  return std::string{static_cast<char>(content.size() >> 8U),
                     static_cast<char>(content.size() & 0xffU)} +
         content;
}

std::string config(const char* version, const std::string& content) {
  return std::string(version, 2) + with_length(content);
}

const std::string first = config("\xfe\x0d", "the first");
const std::string second = config("\xfe\x0d", std::string(600, '2'));
const std::string other = config("\xfe\x0a", "of a draft");

TEST(ech_config_list, is_taken_apart) {
  EXPECT_EQ(detail::ech_configs(with_length(first)), lists{with_length(first)});
  EXPECT_EQ(detail::ech_configs(with_length(first + second)),
            (lists{with_length(first), with_length(second)}));
}

TEST(ech_config_list, may_be_in_base_64_with_the_end_of_its_line) {
  for (const char* end : {"", "\n", " \t\r\n"}) {
    for (const std::string& each : {first, second, first + second}) {
      EXPECT_EQ(detail::ech_configs(to_base64(with_length(each)) + end),
                detail::ech_configs(with_length(each)));
    }
  }
}

TEST(ech_config_list, is_left_without_configurations_of_other_versions) {
  EXPECT_EQ(detail::ech_configs(with_length(other + first + other)), lists{with_length(first)});
  EXPECT_EQ(detail::ech_configs(with_length(other)), lists{});
}

TEST(ech_config_list, is_none_if_it_is_cut_or_empty_or_something_else) {
  const std::string list = with_length(other + first);
  for (std::size_t size = 0; size != list.size(); ++size) {
    const std::string cut = list.substr(0, size);
    EXPECT_FALSE(detail::ech_configs(cut)) << size;
    EXPECT_FALSE(detail::ech_configs(to_base64(cut))) << size;
  }
  for (std::size_t size = 0; size != first.size(); ++size) {
    EXPECT_FALSE(detail::ech_configs(with_length(first.substr(0, size)))) << size;
  }
  for (const std::string& wrong :
       {list + '\0', with_length(""), std::string("no list"), std::string("===="),
        std::string("\n"), to_base64(list) + "=", std::string(200000, 'A')}) {
    EXPECT_FALSE(detail::ech_configs(wrong)) << wrong.substr(0, 20);
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
