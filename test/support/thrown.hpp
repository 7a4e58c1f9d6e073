// SPDX-License-Identifier: Apache-2.0
// What an operation throws, to be looked at.
#pragma once

#include <stdexcept>
#include <string>

#include <iostls/ssl_error.hpp>

namespace iostls {
namespace test {

// The ssl_error that `f` throws. Throws itself, and so fails the test, if there is none.
template <class F>
ssl_error thrown_by(F f) {
  try {
    f();
  } catch (const ssl_error& e) {
    return e;
  }
  throw std::logic_error("no ssl_error was thrown");
}

inline bool mentions(const ssl_error& e, const std::string& text) {
  return std::string(e.what()).find(text) != std::string::npos;
}

}  // namespace test
}  // namespace iostls
