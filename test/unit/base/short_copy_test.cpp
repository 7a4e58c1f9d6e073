// SPDX-License-Identifier: Apache-2.0
#include "base/short_copy.hpp"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

namespace iostls {
namespace {

TEST(short_copy, copies_each_size_and_nothing_beside_it) {
  std::string from(200, ' ');
  for (std::size_t i = 0; i != from.size(); ++i) from[i] = static_cast<char>('!' + i % 90);
  for (std::size_t size = 0; size <= 130; ++size) {
    std::string to(200, '\0');
    EXPECT_EQ(detail::copy_short(&to[16], &from[3], size), size);
    EXPECT_EQ(to.substr(0, 16), std::string(16, '\0')) << size;
    EXPECT_EQ(to.substr(16, size), from.substr(3, size)) << size;
    EXPECT_EQ(to.substr(16 + size), std::string(184 - size, '\0')) << size;
  }
}

}  // namespace
}  // namespace iostls
