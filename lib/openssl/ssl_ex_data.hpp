// SPDX-License-Identifier: Apache-2.0
// Objects of this library that are attached to an SSL, where callbacks find them. They are freed
// with the SSL.
#pragma once

#include <cerrno>
#include <memory>
#include <new>

#include <openssl/ssl.h>

#include "openssl/error.hpp"
#include "openssl/retried_once.hpp"

namespace iostls {
namespace detail {

// One object of class T, which must be copyable, for each connection.
template <class T>
class ssl_ex_data {
 public:
  // Null if there is none.
  static T* get(const SSL* ssl) noexcept { return static_cast<T*>(SSL_get_ex_data(ssl, index())); }

  // Replaces the object that was there.
  static T& put(SSL* ssl, std::unique_ptr<T> object) {
    T* const before = get(ssl);
    T* const now = object.get();
    if (SSL_set_ex_data(ssl, index(), now) != 1) throw make_error(system_code(ENOMEM), "open");
    static_cast<void>(object.release());
    delete before;
    return *now;
  }

 private:
  static void destroy(void*, void* object, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<T*>(object);
  }

  // SSL_dup would otherwise leave one object with two owners.
  static int copy(CRYPTO_EX_DATA*, const CRYPTO_EX_DATA*, void** object, int, long, void*) {
    if (*object == nullptr) return 1;
    try {
      *object = new T(*static_cast<const T*>(*object));
      return 1;
    } catch (...) {
      *object = nullptr;
      return 0;
    }
  }

  static int index() {
    static retried_once<int, -1> number;
    return number.get([] { return SSL_get_ex_new_index(0, nullptr, nullptr, copy, destroy); });
  }
};

}  // namespace detail
}  // namespace iostls
