// SPDX-License-Identifier: Apache-2.0
// Objects of this library that are attached to an SSL, where callbacks find them. They are freed
// with the SSL.
#pragma once

#include <cerrno>
#include <memory>
#include <type_traits>
#include <utility>

#include <openssl/ssl.h>

#include "openssl/error.hpp"
#include "system/retried_once.hpp"

namespace iostls {
namespace detail {

// All objects of a connection form a list behind a single ex_data index, as those of a context do (see
// ctx_ex_data.hpp).
class ssl_ex_object {
 public:
  explicit ssl_ex_object(const void* type) noexcept : type_(type) {}
  ssl_ex_object(const ssl_ex_object&) = delete;
  ssl_ex_object& operator=(const ssl_ex_object&) = delete;
  virtual ~ssl_ex_object() { delete next_; }

  // The object of this type; null if there is none. A type is identified by an address.
  static ssl_ex_object* find(const SSL* ssl, const void* type) noexcept {
    auto* object = static_cast<ssl_ex_object*>(SSL_get_ex_data(ssl, index()));
    while (object != nullptr && object->type_ != type) object = object->next_;
    return object;
  }

  // Replaces the object of the same type.
  static void put(SSL* ssl, std::unique_ptr<ssl_ex_object> object) {
    auto* const others = static_cast<ssl_ex_object*>(SSL_get_ex_data(ssl, index()));
    if (SSL_set_ex_data(ssl, index(), object.get()) != 1) {
      throw make_error(system_code(ENOMEM), "open");
    }
    object->next_ = others;
    object.release()->remove_former();
  }

 private:
  // Of the objects behind this one, the one of its type.
  void remove_former() noexcept {
    ssl_ex_object* before = this;
    while (before->next_ != nullptr && before->next_->type_ != type_) before = before->next_;
    const std::unique_ptr<ssl_ex_object> former(before->next_);
    if (former == nullptr) return;
    before->next_ = former->next_;
    former->next_ = nullptr;
  }

  // Null if this is of the one connection alone.
  virtual std::unique_ptr<ssl_ex_object> copy() const = 0;

  static void destroy(void*, void* object, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<ssl_ex_object*>(object);
  }

  // SSL_dup would otherwise leave one list with two owners.
  static int copy_all(CRYPTO_EX_DATA*, const CRYPTO_EX_DATA*, void** list, int, long, void*) {
    const auto* from = static_cast<const ssl_ex_object*>(*list);
    *list = nullptr;
    try {
      std::unique_ptr<ssl_ex_object> copies;
      for (; from != nullptr; from = from->next_) {
        std::unique_ptr<ssl_ex_object> each = from->copy();
        if (each == nullptr) continue;
        each->next_ = copies.release();
        copies = std::move(each);
      }
      *list = copies.release();
      return 1;
    } catch (...) {
      return 0;
    }
  }

  static int index() {
    static retried_once<int, -1> number;
    return number.get([] { return SSL_get_ex_new_index(0, nullptr, nullptr, copy_all, destroy); });
  }

  const void* type_;
  ssl_ex_object* next_ = nullptr;
};

// One object of class T for each connection. SSL_dup copies it, unless T cannot be copied: what refers to
// a stream must not, since the copy may outlive that.
template <class T>
class ssl_ex_data {
 public:
  // Null if there is none.
  static T* get(const SSL* ssl) noexcept {
    ssl_ex_object* const found = ssl_ex_object::find(ssl, &type);
    return found != nullptr ? &static_cast<holder*>(found)->object : nullptr;
  }

  // Makes it of the arguments, and replaces the one that was there.
  template <class... Arguments>
  static T& put(SSL* ssl, Arguments&&... arguments) {
    auto made = std::make_unique<holder>(std::forward<Arguments>(arguments)...);
    T& result = made->object;
    ssl_ex_object::put(ssl, std::move(made));
    return result;
  }

 private:
  struct holder final : ssl_ex_object {
    template <class... Arguments>
    explicit holder(Arguments&&... arguments)
        : ssl_ex_object(&type), object{std::forward<Arguments>(arguments)...} {}
    std::unique_ptr<ssl_ex_object> copy() const override {
      if constexpr (std::is_copy_constructible_v<T>) {
        return std::make_unique<holder>(object);
      } else {
        return nullptr;
      }
    }
    T object;
  };

  inline static char type = 0;  // not const: a linker may merge equal constants
};

}  // namespace detail
}  // namespace iostls
