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
#include "named_credentials.hpp"
#include "ocsp_staple.hpp"
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
  void explain(const std::string& option, const pem_input& input) const {
    if (!asked_) return;
    const auto fail = [&option](const std::string& message) {
      throw_option_error(ssl_errc::bad_credentials, option, message);
    };
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

  const password_source& source_;
  std::string text_;
  std::exception_ptr failure_;
  bool asked_ = false;
};

extern "C" int answer_password(char* buffer, int size, int, void* self) {
  return static_cast<password_answer*>(self)->answer(buffer, size);
}

pkey_ptr read_key(const pem_input& input, const std::string& prefix,
                  const password_source& password) {
  ERR_clear_error();
  password_answer answer(password);
  const bio_ptr bio = input.reader();
  pkey_ptr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, answer_password, &answer));
  answer.rethrow();
  if (key == nullptr) {
    answer.explain(prefix + "certificate_password", input);
    if (!input.has_private_key()) {
      ERR_clear_error();
      input.fail_without("private key");
    }
    input.fail("holds a private key that cannot be read");
  }
  ERR_clear_error();
  return key;
}

pkey_ptr read_key_of(const x509_ptr& leaf, const pem_input& certificate, const pem_input& input,
                     const std::string& prefix, const password_source& password) {
  pkey_ptr key = read_key(input, prefix, password);
  if (X509_check_private_key(leaf.get(), key.get()) != 1) {
    input.fail("the key does not belong to the certificate of " + certificate.name());
  }
  return key;
}

void check_presence(bool is_server, const context_options& options) {
  if (!is_server && !options.more_credentials.empty()) {
    throw_option_error(ssl_errc::bad_configuration, "more_credentials",
                       "only a server has several certificates to choose from");
  }
  if (!is_server && !options.ocsp_response.empty()) {
    throw_option_error(ssl_errc::bad_configuration, "ocsp_response",
                       "only a server staples one; what a client asks for is its ocsp");
  }
  if (!options.certificate.empty()) return;
  if (is_server && (options.psk.empty() || !options.more_credentials.empty())) {
    throw_option_error(ssl_errc::bad_credentials, "certificate", "a server needs one");
  }
  if (!options.key.empty()) {
    throw_option_error(ssl_errc::bad_credentials, "certificate",
                       "a key is given, but no certificate that it belongs to");
  }
  if (!options.ocsp_response.empty()) {
    throw_option_error(ssl_errc::bad_credentials, "certificate",
                       "an OCSP response is given, but no certificate that it is about");
  }
}

// The certificate comes first: OpenSSL drops a key that is there before a certificate that does not
// go with it, without a word.
void use_credential(SSL_CTX* ctx, const loaded_credential& credential) {
  const auto require = [&](bool accepted, const char* what) {
    if (accepted) return;
    throw_option_error(ssl_errc::bad_credentials, "certificate",
                       credential.name + ": OpenSSL does not accept the " + what);
  };
  require(SSL_CTX_use_certificate(ctx, credential.chain.front().get()) == 1, "certificate");
  for (auto next = credential.chain.begin() + 1; next != credential.chain.end(); ++next) {
    require(SSL_CTX_add1_chain_cert(ctx, next->get()) == 1, "chain");
  }
  require(SSL_CTX_use_PrivateKey(ctx, credential.key.get()) == 1, "key");
}

}  // namespace

loaded_credential load_credential(const std::string& prefix, const credential_source& source) {
  const pem_input certificate(prefix + "certificate", source.certificate);
  loaded_credential result;
  result.name = certificate.name();
  result.chain = certificate.certificates();
  const x509_ptr& leaf = result.chain.front();
  const password_source& password = source.certificate_password;
  if (source.key.empty()) {
    result.key = read_key_of(leaf, certificate, certificate, prefix, password);
  } else {
    const pem_input key(prefix + "key", source.key);
    result.key = read_key_of(leaf, certificate, key, prefix, password);
  }
  return result;
}

void apply_credentials(SSL_CTX* ctx, bool is_server, const context_options& options) {
  check_presence(is_server, options);
  if (options.certificate.empty()) return;
  credential_source source;
  source.certificate = options.certificate;
  source.key = options.key;
  source.certificate_password = options.certificate_password;
  loaded_credential credential = load_credential("", source);
  use_credential(ctx, credential);
  add_staple(ctx, "ocsp_response", options.ocsp_response, credential.chain);
  apply_named_credentials(ctx, std::move(credential), options.more_credentials);
}

}  // namespace detail
}  // namespace iostls
