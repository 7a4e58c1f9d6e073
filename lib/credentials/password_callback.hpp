// SPDX-License-Identifier: Apache-2.0
// Answers OpenSSL's questions for the password of a credential.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <iostls/credential_source.hpp>

namespace iostls {
namespace detail {

// OpenSSL may ask more than once; the user's function is called once, and only if something is
// encrypted.
class password_callback {
 public:
  // `option` is the name of the password's option, for errors.
  password_callback(std::string option, const password_source& source)
      : option_(std::move(option)), source_(source) {}
  password_callback(const password_callback&) = delete;
  password_callback& operator=(const password_callback&) = delete;
  ~password_callback();

  // The signature and result of pem_password_cb(3).
  int answer(char* buffer, int size) noexcept;

  // The password; null if there is none, or if it contains a NUL, which cannot be used here.
  const char* text() noexcept;

  // Throws what the user's function has thrown.
  void rethrow() const;

  // If the password is the reason for a failure, throws an error that explains it. `name` is the
  // name of what is encrypted.
  void explain(const std::string& name) const;

 private:
  void ask() noexcept;
  bool too_long(int size) const noexcept;

  const std::string option_;
  const password_source& source_;
  std::string text_;
  std::exception_ptr failure_;
  bool asked_ = false;
  std::uintptr_t lowest_copy_ = 0;  // the address of the one that is furthest down the stack
};

// A pem_password_cb whose last argument is a password_callback.
extern "C" int iostls_answer_password(char* buffer, int size, int for_writing, void* answer);

}  // namespace detail
}  // namespace iostls
