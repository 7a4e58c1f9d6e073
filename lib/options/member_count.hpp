// SPDX-License-Identifier: Apache-2.0
// Counts the members of an aggregate, so that a list of them can be checked for completeness.
#pragma once

#include <cstddef>
#include <type_traits>

#include "options/option.hpp"

namespace iostls {
namespace detail {

// Two stand-ins for a member's value: a setting accepts whatever its value accepts, so a single
// stand-in for both would be ambiguous.
struct any_setting {
  template <class T>
  operator setting<T>() const;  // NOLINT: meant to be implicit
};
struct any_other {
  template <class T, class = std::enable_if_t<!is_setting<T>::value>>
  operator T() const;  // NOLINT: meant to be implicit
};

template <class T, class, class... Values>
struct takes : std::false_type {};
template <class T, class... Values>
struct takes<T, std::void_t<decltype(T{std::declval<Values>()...})>, Values...> : std::true_type {};

// A base class counts as one. It is tried first: a stand-in for it does not initialise its members
// one by one.
template <class T, class... Values>
constexpr std::size_t count_members() {
  if constexpr (takes<T, void, Values..., any_other>::value) {
    return count_members<T, Values..., any_other>();
  } else if constexpr (takes<T, void, Values..., any_setting>::value) {
    return count_members<T, Values..., any_setting>();
  } else {
    return sizeof...(Values);
  }
}

template <class T>
inline constexpr std::size_t member_count = count_members<T>();

}  // namespace detail
}  // namespace iostls
