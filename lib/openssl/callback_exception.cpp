// SPDX-License-Identifier: Apache-2.0
#include "openssl/callback_exception.hpp"

#include <string>
#include <utility>

#include "openssl/ssl_ex_data.hpp"

namespace iostls {
namespace detail {
namespace {

struct thrown_in_callback {
  std::exception_ptr what;
};

using exception_slot = ssl_ex_data<thrown_in_callback>;

}  // namespace

void keep_callback_exception(SSL* ssl) noexcept {
  try {
    std::exception_ptr thrown = std::current_exception();
    thrown_in_callback* kept = exception_slot::get(ssl);
    if (kept == nullptr) kept = &exception_slot::put(ssl);
    if (!kept->what) kept->what = std::move(thrown);
  } catch (...) {  // NOLINT(bugprone-empty-catch): no memory; the handshake fails all the same
  }
}

bool callback_has_thrown(const SSL* ssl) noexcept {
  const thrown_in_callback* const kept = exception_slot::get(ssl);
  return kept != nullptr && kept->what;
}

std::exception_ptr take_callback_exception(SSL* ssl) noexcept {
  thrown_in_callback* const kept = exception_slot::get(ssl);
  return kept != nullptr ? std::exchange(kept->what, nullptr) : nullptr;
}

std::string words_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception without words";
  }
}

}  // namespace detail
}  // namespace iostls
