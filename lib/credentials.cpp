// SPDX-License-Identifier: Apache-2.0
#include "credentials.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "error.hpp"
#include "openssl_ptr.hpp"
#include "pem_input.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t longest_password = PEM_BUFSIZE - 1;

// Answers OpenSSL's question for a password. It may ask more than once for one key; the user's
// function is asked once, and only if a key is encrypted.
class password_answer {
 public:
  explicit password_answer(const password_source& source) : source_(source) {}
  password_answer(const password_answer&) = delete;
  password_answer& operator=(const password_answer&) = delete;
  ~password_answer() { wipe(text_); }

  int answer(char* buffer, int size) noexcept {
    if (!asked_) ask();
    if (failure_ || source_.empty() || too_long(size)) return -1;
    std::copy(text_.begin(), text_.end(), buffer);
    return static_cast<int>(text_.size());
  }

  void rethrow() const {
    if (!failure_) return;
    ERR_clear_error();
    std::rethrow_exception(failure_);
  }

  // Throws why a key cannot be had, if the password is to blame.
  void explain(const pem_input& input) const {
    if (!asked_) return;
    if (source_.empty()) fail(input.name() + " is encrypted and no password is given");
    if (too_long(PEM_BUFSIZE)) fail("the password is longer than 1,023 bytes");
    fail("the password does not open " + input.name());
  }

 private:
  void ask() noexcept {
    asked_ = true;
    // An exception must not pass through OpenSSL's C code.
    try {
      text_ = source_.get();
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  bool too_long(int size) const noexcept {
    return text_.size() > longest_password || text_.size() > static_cast<std::size_t>(size);
  }

  [[noreturn]] static void fail(const std::string& message) {
    throw_option_error(ssl_errc::bad_credentials, "certificate_password", message);
  }

  const password_source& source_;
  std::string text_;
  std::exception_ptr failure_;
  bool asked_ = false;
};

extern "C" int answer_password(char* buffer, int size, int, void* self) {
  return static_cast<password_answer*>(self)->answer(buffer, size);
}

pkey_ptr read_key(const pem_input& input, const password_source& password) {
  ERR_clear_error();
  password_answer answer(password);
  const bio_ptr bio = input.reader();
  pkey_ptr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, answer_password, &answer));
  answer.rethrow();
  if (key == nullptr) {
    answer.explain(input);
    if (!input.has_private_key()) {
      ERR_clear_error();
      input.fail_without("private key");
    }
    input.fail("holds a private key that cannot be read");
  }
  ERR_clear_error();
  return key;
}

void use_certificates(SSL_CTX* ctx, const pem_input& input, const std::vector<x509_ptr>& chain) {
  if (SSL_CTX_use_certificate(ctx, chain.front().get()) != 1) {
    input.fail("OpenSSL does not accept the certificate");
  }
  for (auto next = chain.begin() + 1; next != chain.end(); ++next) {
    if (SSL_CTX_add1_chain_cert(ctx, next->get()) != 1) {
      input.fail("OpenSSL does not accept a certificate of the chain");
    }
  }
}

// The certificate comes first: OpenSSL drops a key that is there before a certificate that does not
// go with it, without a word.
void use_key(SSL_CTX* ctx, const pem_input& certificate, const x509_ptr& leaf,
             const pem_input& input, const pkey_ptr& key) {
  if (X509_check_private_key(leaf.get(), key.get()) != 1) {
    input.fail("the key does not belong to the certificate of " + certificate.name());
  }
  if (SSL_CTX_use_PrivateKey(ctx, key.get()) != 1 || SSL_CTX_check_private_key(ctx) != 1) {
    input.fail("OpenSSL does not accept the key");
  }
}

void check_presence(bool is_server, const context_options& options) {
  if (!options.certificate.empty()) return;
  if (is_server) {
    throw_option_error(ssl_errc::bad_credentials, "certificate", "a server needs one");
  }
  if (!options.key.empty()) {
    throw_option_error(ssl_errc::bad_credentials, "certificate",
                       "a key is given, but no certificate that it belongs to");
  }
}

}  // namespace

void apply_credentials(SSL_CTX* ctx, bool is_server, const context_options& options) {
  check_presence(is_server, options);
  if (options.certificate.empty()) return;

  const pem_input certificate("certificate", options.certificate);
  const std::vector<x509_ptr> chain = certificate.certificates();
  use_certificates(ctx, certificate, chain);

  if (options.key.empty()) {
    const pkey_ptr key = read_key(certificate, options.certificate_password);
    use_key(ctx, certificate, chain.front(), certificate, key);
  } else {
    const pem_input input("key", options.key);
    const pkey_ptr key = read_key(input, options.certificate_password);
    use_key(ctx, certificate, chain.front(), input, key);
  }
}

}  // namespace detail
}  // namespace iostls
