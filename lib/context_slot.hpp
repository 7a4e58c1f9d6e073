// SPDX-License-Identifier: Apache-2.0
// Objects of ours that an SSL_CTX carries, for callbacks to find, and takes along when it goes.
#pragma once

#include <cerrno>
#include <memory>

#include <openssl/ssl.h>

#include "error.hpp"

namespace iostls {
namespace detail {

// One object of class T for each context.
template <class T>
class context_slot {
 public:
  // Null if there is none.
  static T* get(const SSL_CTX* ctx) noexcept {
    return static_cast<T*>(SSL_CTX_get_ex_data(ctx, index()));
  }
  static T* get(const SSL* ssl) noexcept { return get(SSL_get_SSL_CTX(ssl)); }

  // For a context that has none.
  static void put(SSL_CTX* ctx, std::unique_ptr<T> object) {
    if (SSL_CTX_set_ex_data(ctx, index(), object.get()) != 1) {
      throw make_error(system_code(ENOMEM), "context");
    }
    static_cast<void>(object.release());
  }

 private:
  static void destroy(void*, void* object, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<T*>(object);
  }

  static int index() {
    static const int number = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, destroy);
    return number;
  }
};

}  // namespace detail
}  // namespace iostls
