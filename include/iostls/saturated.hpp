// SPDX-License-Identifier: Apache-2.0
/// \file
/// Converts durations between units without overflow: `std::chrono::hours::max()` means a long time,
/// not a negative one.
#pragma once

#include <chrono>
#include <type_traits>
#include <utility>

namespace iostls {
namespace detail {

// Like duration_cast, but a value that `To` cannot hold becomes the largest or smallest that it
// can.
template <class To, class Rep, class Period>
To saturated(const std::chrono::duration<Rep, Period>& d) {
  using seconds = std::chrono::duration<double>;
  constexpr seconds margin(1);  // more than a double is wrong
  if (seconds(d) + margin >= seconds((To::max)())) return (To::max)();
  if (seconds(d) - margin <= seconds((To::min)())) return (To::min)();
  return std::chrono::duration_cast<To>(d);
}

template <class T>
struct is_duration : std::false_type {};
template <class Rep, class Period>
struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};

// The value of an option after an assignment. `U` is a reference.
template <class T, class U,
          bool = is_duration<T>::value&& is_duration<typename std::decay<U>::type>::value>
struct conversion {
  static U of(U value) { return std::forward<U>(value); }
};
template <class T, class U>
struct conversion<T, U, true> {
  static T of(U value) { return saturated<T>(value); }
};

}  // namespace detail
}  // namespace iostls
