// SPDX-License-Identifier: Apache-2.0
#include "credentials/credentials.hpp"

#include <string>
#include <utility>
#include <vector>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/escape.hpp"
#include "base/redacted_path.hpp"
#include "credentials/certificate_compression.hpp"
#include "credentials/certificate_selection.hpp"
#include "credentials/credential_file_explanation.hpp"
#include "credentials/encoded_input.hpp"
#include "credentials/end_point_digest.hpp"
#include "credentials/key_encryption.hpp"
#include "credentials/ocsp_staple.hpp"
#include "credentials/password_callback.hpp"
#include "credentials/pkcs12.hpp"
#include "credentials/store_uri.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "system/file_state.hpp"

namespace iostls {
namespace detail {
namespace {

using encrypted_key_ptr = openssl_ptr<X509_SIG, X509_SIG_free>;

// DER does not name its content; only parsing shows what it is.
EVP_PKEY* read_der_key(const encoded_input& input, password_callback& password) {
  const auto size = static_cast<long>(input.text().size());
  const auto* at = reinterpret_cast<const unsigned char*>(input.text().data());
  const encrypted_key_ptr encrypted(d2i_X509_SIG(nullptr, &at, size));
  clear_error_queue();
  if (encrypted != nullptr) {
    return d2i_PKCS8PrivateKey_bio(input.reader().get(), nullptr, iostls_answer_password,
                                   &password);
  }
  at = reinterpret_cast<const unsigned char*>(input.text().data());
  return d2i_AutoPrivateKey(nullptr, &at, size);
}

// Throws the reason why there is no key; OpenSSL's details are in its queue.
[[noreturn]] void explain_key(const encoded_input& input, const password_callback& password) {
  const std::string missing = missing_cipher(input);
  if (!missing.empty()) {
    input.fail(
        "is encrypted with " + missing +
        ", which OpenSSL has in its legacy provider, if at all; encrypt it anew: openssl pkcs8 "
        "-topk8 -provider legacy -provider default -in OLD -out NEW");
  }
  password.explain(input.name());
  if (input.is_der()) input.fail(other_der_words(input.text(), "private key"));
  if (!input.has_private_key()) {
    clear_error_queue();
    input.fail_without("private key");
  }
  input.fail("holds a private key that cannot be read" + damage_words(input.text()));
}

pkey_ptr read_key(const encoded_input& input, password_callback& password) {
  clear_error_queue();
  pkey_ptr key(input.is_der() ? read_der_key(input, password)
                              : PEM_read_bio_PrivateKey(input.reader().get(), nullptr,
                                                        iostls_answer_password, &password));
  password.rethrow();
  if (key == nullptr) explain_key(input, password);
  clear_error_queue();
  return key;
}

// Where a credential, or one half of it, is read from.
struct credential_place {
  std::string option;
  const pem_source& source;
  std::string name;  // for errors
  bool has_certificate;
  bool has_key;
};

[[noreturn]] void refuse_credential(const credential_place& place, const std::string& reason) {
  throw_option_error(ssl_errc::bad_credentials, place.option, place.name + ": " + reason);
}

// What begins like a URI is taken for a path if no provider has a loader for it.
void refuse_unknown_uri(const credential_place& place) {
  const std::string& text = place.source.data();
  const std::string scheme = place.source.is_text() ? std::string() : uri_scheme(text);
  if (scheme.empty() || state_of_file(text) != file_state()) return;
  throw_option_error(ssl_errc::bad_credentials, place.option,
                     redacted_path(without_query(text)) +
                         ": No such file or directory, and no provider of OpenSSL "
                         "that is active loads URIs with \"" +
                         escaped_text(scheme) + ":\"");
}

credential_parts read_credential_file(credential_place& place, password_callback& password) {
  refuse_unknown_uri(place);
  const encoded_input input(place.option, place.source);
  place.name = input.name();
  if (is_pkcs12(input)) return read_pkcs12(input, password);
  credential_parts parts;
  if (place.has_certificate) parts.certificates = input.certificates();
  if (place.has_key) parts.key = read_key(input, password);
  return parts;
}

credential_parts read_place(credential_place& place, password_callback& password) {
  const std::string& text = place.source.data();
  const bool is_uri = is_store_uri(place.source);
  if (is_uri) place.name = shown_uri(text);
  credential_parts parts =
      is_uri ? read_store(place.option, text, password) : read_credential_file(place, password);
  if (place.has_certificate && parts.certificates.empty())
    refuse_credential(place, "holds no certificate");
  if (place.has_key && parts.key == nullptr) refuse_credential(place, "holds no private key");
  return parts;
}

bool needs_certificate(const context_options& options) {
  return (options.psk.empty() && !options.on_client_hello) || !options.more_credentials.empty();
}

void check_presence(bool is_server, const context_options& options) {
  if (!is_server && !options.ocsp_response.empty()) {
    throw_option_error(ssl_errc::bad_configuration, "ocsp_response",
                       "only a server staples one; what a client asks for is its ocsp");
  }
  if (!options.certificate.empty()) return;
  if (is_server && needs_certificate(options)) {
    throw_option_error(ssl_errc::bad_credentials, "certificate", "a server needs one");
  }
  if (!options.more_credentials.empty()) {
    throw_option_error(ssl_errc::bad_credentials, "certificate",
                       "more_credentials are given, but no certificate for all other servers");
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

// The certificate goes first: if a key is there already that does not belong to the certificate,
// OpenSSL drops the key without an error.
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
  password_callback password(prefix + "certificate_password", source.certificate_password);
  const bool is_one = source.key.empty();
  credential_place place{prefix + "certificate", source.certificate, {}, true, is_one};
  credential_parts parts = read_place(place, password);
  loaded_credential result{std::move(parts.certificates), std::move(parts.key), place.name};
  credential_place key_place{prefix + "key", source.key, {}, false, true};
  if (!is_one) result.key = read_place(key_place, password).key;
  if (X509_check_private_key(result.chain.front().get(), result.key.get()) != 1) {
    refuse_credential(is_one ? place : key_place,
                      "the key does not belong to the certificate of " + place.name);
  }
  keep_end_point_digest(result.chain.front().get());
  return result;
}

void apply_credentials(SSL_CTX* ctx, bool is_server, const context_options& options) {
  check_presence(is_server, options);
  if (is_server) apply_staples(ctx);
  if (options.certificate.empty()) return;
  credential_source source;
  source.certificate = options.certificate;
  source.key = options.key;
  source.certificate_password = options.certificate_password;
  loaded_credential credential = load_credential("", source);
  use_credential(ctx, credential);
  add_staple(ctx, "ocsp_response", options.ocsp_response, credential.chain);
  if (options.more_credentials.empty()) return;
  const bool has_staple = !options.ocsp_response.empty();
  apply_certificate_selection(ctx, is_server, std::move(credential), has_staple,
                              options.more_credentials);
}

void compress_credential(SSL_CTX* ctx, bool is_server, const context_options& options) noexcept {
  const bool has_staple = !options.ocsp_response.empty();
  if (is_server && options.more_credentials.empty() && !has_staple) compress_certificate(ctx);
}

}  // namespace detail
}  // namespace iostls
