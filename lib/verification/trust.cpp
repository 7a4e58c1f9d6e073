// SPDX-License-Identifier: Apache-2.0
#include "verification/trust.hpp"

#include <string>

#include <openssl/x509v3.h>

#include "base/redacted_path.hpp"
#include "credentials/encoded_input.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "options/effective_options.hpp"
#include "system/folder.hpp"
#include "verification/system_trust.hpp"

namespace iostls {
namespace detail {
namespace {

// A server sends clients the names of the CAs whose certificates it accepts.
void announce(SSL_CTX* ctx, X509* ca, const encoded_input& input) {
  if (SSL_CTX_add_client_CA(ctx, ca) != 1) input.fail("the CA's name cannot be used");
}

// A client looks for a certificate that was issued by one of the names.
void announce_issuer(SSL_CTX* ctx, X509* leaf, const encoded_input& input) {
  const x509_ptr issuer(X509_new());
  if (issuer == nullptr || X509_set_subject_name(issuer.get(), X509_get_issuer_name(leaf)) != 1) {
    input.fail("the issuer's name cannot be used");
  }
  announce(ctx, issuer.get(), input);
}

bool has_partial_chains(SSL_CTX* ctx) {
  const unsigned long flags = X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(ctx));
  return (flags & X509_V_FLAG_PARTIAL_CHAIN) != 0;
}

void trust_certificates(SSL_CTX* ctx, bool is_server, const encoded_input& input) {
  X509_STORE* const store = SSL_CTX_get_cert_store(ctx);
  for (const x509_ptr& ca : input.certificates()) {
    if (X509_STORE_add_cert(store, ca.get()) != 1) {
      input.fail("OpenSSL does not accept a CA certificate");
    }
    if (!is_server) continue;
    const bool is_leaf = has_partial_chains(ctx) && X509_check_ca(ca.get()) == 0;
    is_leaf ? announce_issuer(ctx, ca.get(), input) : announce(ctx, ca.get(), input);
  }
}

// OpenSSL reads the folder only when it verifies, and treats a missing folder like an empty one.
void trust_directory(SSL_CTX* ctx, const std::string& path) {
  const auto fail = [name = redacted_path(path) + ": "](const std::string& reason) {
    throw_option_error(ssl_errc::bad_credentials, "ca_directory", name + reason);
  };
  if (path.find('\0') != std::string::npos) {
    throw_option_error(ssl_errc::bad_credentials, "ca_directory",
                       "the path: has a NUL character in it");
  }
  if (const int fault = folder_fault(path)) fail(errno_text(fault));
  // OpenSSL would take the text before and after it for two folders.
  if (path.find(folder_separator()) != std::string::npos) {
    fail(folder_separator() == ':' ? "has a colon in its name" : "has a semicolon in its name");
  }
  if (X509_STORE_load_path(SSL_CTX_get_cert_store(ctx), path.c_str()) != 1) {
    fail("OpenSSL does not accept the folder");
  }
}

void trust_system(SSL_CTX* ctx) {
  if (!trust_system_authorities(ctx)) {
    throw_option_error(ssl_errc::bad_credentials, "system_trust",
                       "the system's CA certificates cannot be loaded");
  }
  clear_error_queue();
}

void load_revocation_lists(SSL_CTX* ctx, const pem_source& source) {
  const encoded_input input("crl_file", source);
  for (const x509_crl_ptr& list : input.revocation_lists()) {
    if (X509_STORE_add_crl(SSL_CTX_get_cert_store(ctx), list.get()) != 1) {
      input.fail("OpenSSL does not accept a revocation list");
    }
  }
}

unsigned long crl_flags(crl_check_mode mode) {
  switch (mode) {
    case crl_check_mode::none:
      return 0;
    case crl_check_mode::leaf:
      return X509_V_FLAG_CRL_CHECK;
    case crl_check_mode::chain:
      break;
  }
  return X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
}

void apply_revocation(SSL_CTX* ctx, const context_options& options) {
  const bool has_list = !options.crl_file.empty();
  const crl_check_mode mode =
      options.crl_check.value_or(has_list ? crl_check_mode::leaf : crl_check_mode::none);
  if (has_list) load_revocation_lists(ctx, options.crl_file);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), crl_flags(mode));
}

void allow_partial_chains(SSL_CTX* ctx) {
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
}

}  // namespace

bool trusts_system(bool is_server, const context_options& options) {
  const bool names_none = options.ca_file.empty() && options.ca_certificates.str().empty() &&
                          options.ca_directory.empty();
  return options.system_trust.value_or(names_none && !is_server);
}

void apply_trust(SSL_CTX* ctx, bool is_server, const context_options& options) {
  const bool has_text = !options.ca_certificates.str().empty();
  if (value_of<&context_options::partial_chains>(false, options)) allow_partial_chains(ctx);
  if (!options.ca_file.empty()) {
    trust_certificates(ctx, is_server, encoded_input("ca_file", options.ca_file));
  }
  if (has_text) {
    trust_certificates(ctx, is_server, encoded_input("ca_certificates", options.ca_certificates));
  }
  if (!options.ca_directory.empty()) trust_directory(ctx, options.ca_directory);
  if (trusts_system(is_server, options)) trust_system(ctx);
  apply_revocation(ctx, options);
}

}  // namespace detail
}  // namespace iostls
