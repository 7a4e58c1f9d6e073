// SPDX-License-Identifier: Apache-2.0
// Objects of this library that are attached to an SSL_CTX, where callbacks find them. They are
// freed with the SSL_CTX.
#pragma once

#include <cerrno>
#include <memory>
#include <utility>

#include <openssl/ssl.h>

#include "openssl/error.hpp"
#include "system/retried_once.hpp"

namespace iostls {
namespace detail {

// All objects of a context form a list behind a single ex_data index: to free ten or more indexes,
// OpenSSL allocates memory, and if that fails, it frees nothing.
class ctx_ex_object {
 public:
  explicit ctx_ex_object(const void* type) noexcept : type_(type) {}
  ctx_ex_object(const ctx_ex_object&) = delete;
  ctx_ex_object& operator=(const ctx_ex_object&) = delete;
  virtual ~ctx_ex_object() { delete next_; }

  // The first object of a context; null if it has none.
  static ctx_ex_object* first(const SSL_CTX* ctx) noexcept {
    return static_cast<ctx_ex_object*>(SSL_CTX_get_ex_data(ctx, index()));
  }

  // The object of this type; null if there is none. A type is identified by an address.
  static ctx_ex_object* find(const SSL_CTX* ctx, const void* type) noexcept {
    ctx_ex_object* object = first(ctx);
    while (object != nullptr && object->type_ != type) object = object->next_;
    return object;
  }

  static void add(SSL_CTX* ctx, std::unique_ptr<ctx_ex_object> object) {
    ctx_ex_object* const others = first(ctx);
    if (SSL_CTX_set_ex_data(ctx, index(), object.get()) != 1) {
      throw make_error(system_code(ENOMEM), "context");
    }
    object.release()->next_ = others;
  }

 private:
  static void destroy(void*, void* object, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<ctx_ex_object*>(object);
  }

  static int index() {
    static retried_once<int, -1> number;
    return number.get(
        [] { return SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, destroy); });
  }

  const void* type_;
  ctx_ex_object* next_ = nullptr;
};

// One object of class T for each context.
template <class T>
class ctx_ex_data {
 public:
  // Null if there is none.
  static T* get(const SSL_CTX* ctx) noexcept {
    ctx_ex_object* const found = ctx_ex_object::find(ctx, &type);
    return found != nullptr ? static_cast<holder*>(found)->object.get() : nullptr;
  }
  static T* get(const SSL* ssl) noexcept { return get(SSL_get_SSL_CTX(ssl)); }

  // For a context that has no such object yet, and that no connection uses yet.
  static void put(SSL_CTX* ctx, std::unique_ptr<T> object) {
    ctx_ex_object::add(ctx, std::make_unique<holder>(std::move(object)));
  }

 private:
  struct holder final : ctx_ex_object {
    explicit holder(std::unique_ptr<T> o) noexcept : ctx_ex_object(&type), object(std::move(o)) {}
    const std::unique_ptr<T> object;
  };

  inline static char type = 0;  // not const: a linker may merge equal constants
};

}  // namespace detail
}  // namespace iostls
