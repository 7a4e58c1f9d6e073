// SPDX-License-Identifier: Apache-2.0
// PEM or DER data that an option names, and errors that name the file which is wrong.
#pragma once

#include <string>
#include <vector>

#include <iostls/options.hpp>
#include <iostls/ssl_error.hpp>

#include "openssl/openssl_ptr.hpp"
#include "system/file_content.hpp"

namespace iostls {
namespace detail {

using x509_crl_ptr = openssl_ptr<X509_CRL, X509_CRL_free>;

// The content of a pem_source. It may hold a private key, so its memory is wiped at the end.
class encoded_input {
 public:
  // Throws ssl_error (bad_credentials), naming option and path, if nothing can be read, or if it
  // looks like neither PEM nor DER.
  encoded_input(std::string option, const pem_source& source);
  encoded_input(const encoded_input&) = delete;
  encoded_input& operator=(const encoded_input&) = delete;
  ~encoded_input();

  // A reader that begins at the start. Valid as long as this object.
  bio_ptr reader() const;

  // All certificates, or revocation lists, in their order; at least one. Throws if there is none or
  // if one is broken.
  std::vector<x509_ptr> certificates() const;
  std::vector<x509_crl_ptr> revocation_lists() const;

  // Whether there is a private key in PEM, in a form that OpenSSL reads.
  bool has_private_key() const;

  bool is_der() const noexcept { return is_der_; }
  const std::string& text() const noexcept { return text_; }

  // Throws ssl_error (bad_credentials) with option, path, reason, and OpenSSL's error queue.
  [[noreturn]] void fail(const std::string& reason) const;
  // The same if something that is required is missing: the error names what is there instead.
  [[noreturn]] void fail_without(const std::string& wanted) const;

  // The path in quotes, or "the text".
  const std::string& name() const noexcept { return name_; }

 private:
  void load(const std::string& path);

  std::string option_;
  std::string name_;
  std::string text_;
  bool is_der_ = false;
};

// Gives no password. OpenSSL's own callback would ask at the terminal, or consume the program's
// standard input.
extern "C" int iostls_no_password(char* buffer, int size, int for_writing, void* unused);

}  // namespace detail
}  // namespace iostls
