// SPDX-License-Identifier: Apache-2.0
// The texts by which an option decides whether a session may be resumed. An option of any plain type can
// decide about that: its row is enough.
#include <chrono>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "options/option_list.hpp"
#include "resumption/option_value_text.hpp"

namespace iostls {
namespace test {
namespace {

using detail::session_rule;
using detail::value_text;
using std::chrono::milliseconds;

template <class T, class = void>
struct has_text : std::false_type {};
template <class T>
struct has_text<T, std::void_t<decltype(value_text(std::declval<const T&>()))>> : std::true_type {};

template <class T>
struct is_duration : std::false_type {};
template <class Rep, class Period>
struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};

template <class T>
constexpr bool is_plain =
    std::is_arithmetic<T>::value || std::is_enum<T>::value || is_duration<T>::value ||
    std::is_same<T, std::string>::value || std::is_same<T, std::vector<std::string>>::value;

TEST(option_value_text, is_there_for_every_plain_type) {
  const auto check = [](const auto& row) {
    using type = typename std::decay_t<decltype(row)>::value_type;
    EXPECT_TRUE(!is_plain<type> || has_text<type>::value) << row.name;
  };
  detail::for_each_connection_option(check);
  detail::for_each_context_option(check);
}

TEST(option_value_text, differs_for_different_times) {
  constexpr auto row =
      detail::row<session_rule::same_value>("read_timeout", &connection_options::read_timeout)
          .with_default(milliseconds(0));
  setting<milliseconds> unset;
  setting<milliseconds> none;
  none = milliseconds(0);
  setting<milliseconds> some;
  some = milliseconds(1500);
  EXPECT_EQ(value_text(row, true, unset), value_text(row, true, none));
  EXPECT_NE(value_text(row, true, some), value_text(row, true, none));
  EXPECT_NE(value_text(milliseconds(1500)), value_text(milliseconds(15)));
}

TEST(option_value_text, differs_for_different_words_of_an_enumeration) {
  EXPECT_NE(value_text(ocsp_mode::none), value_text(ocsp_mode::require));
  EXPECT_NE(value_text(verify_mode::none), value_text(verify_mode::required));
}

TEST(option_value_text, of_an_unset_option_without_a_default_is_that_of_no_value) {
  constexpr auto row = detail::row<session_rule::same_value>("groups", &connection_options::groups);
  setting<std::vector<std::string>> unset;
  setting<std::vector<std::string>> empty;
  empty = std::vector<std::string>();
  EXPECT_NE(value_text(row, true, unset), value_text(row, true, empty));
}

}  // namespace
}  // namespace test
}  // namespace iostls
