// SPDX-License-Identifier: Apache-2.0
// Calls with an object in each state that moving leaves one in.
#pragma once

#include <functional>
#include <utility>

namespace iostls {
namespace test {

// Calls `f` with an object, with the one that it is moved to, and with what is left of it.
template <class T, class F>
std::function<void()> of(const std::function<T()>& make, F f) {
  return [make, f] {
    T object = make();
    f(object);
    T other(std::move(object));
    f(other);
    f(object);  // NOLINT(bugprone-use-after-move): what is tested
    object = std::move(other);
    f(object);
    f(other);            // NOLINT(bugprone-use-after-move)
    T& itself = object;  // by another name, since GCC 16 warns of what is tested
    object = std::move(itself);
    f(object);
  };
}

// The same of an empty object besides.
template <class T, class F>
std::function<void()> of_any(const std::function<T()>& make, F f) {
  return [make, f] {
    T empty;
    f(empty);
    of<T>(make, f)();
  };
}

}  // namespace test
}  // namespace iostls
