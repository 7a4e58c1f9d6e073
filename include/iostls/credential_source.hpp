// SPDX-License-Identifier: Apache-2.0
/// \file
/// Where certificates, keys and passwords come from: files, memory, functions.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <type_traits>
#include <utility>

#include <iostls/export.hpp>
#include <iostls/ocsp.hpp>

namespace iostls {

/// PEM data in memory: "-----BEGIN CERTIFICATE-----\n...". A type of its own, so that it is never
/// mistaken for a path.
class pem_text {
 public:
  pem_text() = default;
  explicit pem_text(std::string text) : text_(std::move(text)) {}

  const std::string& str() const noexcept { return text_; }
  operator const std::string&() const noexcept { return text_; }  // NOLINT: meant to be implicit

 private:
  std::string text_;
};

/// Writes the text as it is.
IOSTLS_EXPORT std::ostream& operator<<(std::ostream& out, const pem_text& text);

/// Where PEM data comes from: a file, named by its path, or memory. Empty by default.
///
/// The file, or the memory, may also hold DER. For certificates and their keys it may also be a
/// PKCS#12 file, or a URI that OpenSSL's store understands (ossl_store(7)): one that begins with
/// "file:", or, for a key that stays in its device, with "pkcs11:", or with what another provider that
/// is active has a loader for, such as "handle:" of tpm2-openssl. `certificate_password` opens encrypted data and devices; a PIN in the URI is not
/// shown in errors.
class pem_source {
 public:
  pem_source() = default;
  pem_source(const char* path) : data_(path) {}                  // NOLINT: meant to be implicit
  pem_source(std::string path) : data_(std::move(path)) {}       // NOLINT: meant to be implicit
  pem_source(pem_text text) : data_(text.str()), text_(true) {}  // NOLINT: meant to be implicit

  bool empty() const noexcept { return data_.empty(); }
  /// True if `data()` is PEM text, false if it is a path.
  bool is_text() const noexcept { return text_; }
  const std::string& data() const noexcept { return data_; }

 private:
  std::string data_;
  bool text_ = false;
};

/// Where the password of an encrypted key, or PKCS#12 file, comes from: a string, or a function.
/// The function is called if a key turns out to be encrypted, on the thread that makes the context;
/// what it throws is thrown there. Nothing ever asks at a terminal: an encrypted key without a
/// password is an error.
class password_source {
 public:
  password_source() = default;
  password_source(const char* password)  // NOLINT: meant to be implicit
      : password_source(std::string(password)) {}
  password_source(std::string password)  // NOLINT: meant to be implicit
      : get_([password] { return password; }) {}

  template <class F,
            class = typename std::enable_if<
                !std::is_convertible<F, std::string>::value &&
                !std::is_same<typename std::decay<F>::type, password_source>::value &&
                std::is_convertible<decltype(std::declval<F&>()()), std::string>::value>::type>
  password_source(F get) : get_(std::move(get)) {}  // NOLINT: meant to be implicit

  bool empty() const noexcept { return !get_; }
  /// The password; an empty source gives an empty one.
  std::string get() const { return get_ ? get_() : std::string(); }

 private:
  std::function<std::string()> get_;
};

/// A certificate with everything that belongs to it, like the members of the same names in
/// `context_options`.
struct credential_source {
  pem_source certificate;                ///< the leaf first, then its intermediates
  pem_source key;                        ///< default: looked for in `certificate`
  password_source certificate_password;  ///< of an encrypted key
  ocsp_source ocsp_response{};           ///< to be stapled
};

}  // namespace iostls
