// SPDX-License-Identifier: Apache-2.0
/// \file
/// A value that may be left unset; std::optional would need C++17.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <iostls/saturated.hpp>

namespace iostls {

/// One option: either unset, or a value of type T.
///
/// In `connection_options`, an unset member means "as the context has it", and in a context "the
/// default that the member's comment states". Assigning anything that converts to T sets it:
/// \code
///   connection_options o;
///   o.read_timeout = std::chrono::seconds(5);
///   o.server_name = "db.example.org";
///   o.server_name.reset();
/// \endcode
template <class T>
class setting {
 public:
  setting() = default;

  template <class U, class = typename std::enable_if<std::is_convertible<U&&, T>::value>::type>
  setting(U&& value)  // NOLINT: implicit
      : value_(detail::conversion<T, U&&>::of(std::forward<U>(value))), has_value_(true) {}

  template <class U, class = typename std::enable_if<std::is_convertible<U&&, T>::value>::type>
  setting& operator=(U&& value) {
    value_ = detail::conversion<T, U&&>::of(std::forward<U>(value));
    has_value_ = true;
    return *this;
  }

  /// A list: `o.alpn = {"h2", "http/1.1"}`.
  template <class E, class = typename std::enable_if<
                         std::is_constructible<T, const E*, const E*>::value>::type>
  setting& operator=(std::initializer_list<E> values) {
    value_ = T(values.begin(), values.end());
    has_value_ = true;
    return *this;
  }

  bool has_value() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }

  /// The value; throws std::logic_error when unset.
  const T& value() const {
    if (!has_value_) throw std::logic_error("iostls: this setting has no value");
    return value_;
  }

  template <class U>
  T value_or(U&& fallback) const {
    return has_value_ ? value_ : static_cast<T>(std::forward<U>(fallback));
  }

  void reset() {
    value_ = T();
    has_value_ = false;
  }

 private:
  T value_ = T();
  bool has_value_ = false;
};

template <class T>
bool operator==(const setting<T>& a, const setting<T>& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || a.value() == b.value());
}

template <class T>
bool operator!=(const setting<T>& a, const setting<T>& b) {
  return !(a == b);
}

}  // namespace iostls
