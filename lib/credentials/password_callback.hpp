// SPDX-License-Identifier: Apache-2.0
// The password of a credential, as OpenSSL asks for it.
#pragma once

#include <exception>
#include <string>

#include <iostls/credential_source.hpp>

namespace iostls {
namespace detail {

// Answers OpenSSL's questions for a password. It may ask more than once; the user's function is asked
// once, and only if something is encrypted.
class password_callback {
 public:
  // `option` is the password's, for errors.
  password_callback(std::string option, const password_source& source)
      : option_(std::move(option)), source_(source) {}
  password_callback(const password_callback&) = delete;
  password_callback& operator=(const password_callback&) = delete;
  ~password_callback();

  // As pem_password_cb(3) wants it.
  int answer(char* buffer, int size) noexcept;

  // The password; null if there is none that could be used where it must not have a NUL.
  const char* text() noexcept;

  // Throws what the user's function has thrown.
  void rethrow() const;

  // Throws why something cannot be had, if the password is to blame. `name` is of what is encrypted.
  void explain(const std::string& name) const;

 private:
  void ask() noexcept;
  bool too_long(int size) const noexcept;

  const std::string option_;
  const password_source& source_;
  std::string text_;
  std::exception_ptr failure_;
  bool asked_ = false;
};

// A pem_password_cb whose last argument is a password_callback.
extern "C" int iostls_answer_password(char* buffer, int size, int for_writing, void* answer);

}  // namespace detail
}  // namespace iostls
