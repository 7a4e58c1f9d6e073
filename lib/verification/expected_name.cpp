// SPDX-License-Identifier: Apache-2.0
#include "verification/expected_name.hpp"

#include <memory>

#include <openssl/x509_vfy.h>

#include "credentials/host_match.hpp"
#include "negotiation/encrypted_client_hello.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/dane.hpp"

namespace iostls {
namespace detail {
namespace {

struct free_text {
  void operator()(char* text) const noexcept { OPENSSL_free(text); }
};

using ascii_ptr = std::unique_ptr<char, free_text>;

// OpenSSL also queues an error if there is none to verify.
ascii_ptr address_to_verify(SSL* ssl) noexcept {
  const error_queue_mark mark;
  return ascii_ptr(X509_VERIFY_PARAM_get1_ip_asc(SSL_get0_param(ssl)));
}

#if OPENSSL_VERSION_NUMBER >= 0x40000000L

// What X509_VERIFY_PARAM_get0_host(3) returns of parameters that were copied has no NUL behind it, nor a length;
// and an ECH that is rejected puts another name there.
struct verified_host {
  std::string name;
};

using host_slot = ssl_ex_data<verified_host>;

void keep_host(SSL* ssl, const std::string& name) { host_slot::put(ssl, name); }

const char* kept_host(SSL* ssl, const char* in_openssl) noexcept {
  const verified_host* const own = host_slot::get(ssl);
  return in_openssl != nullptr && own != nullptr ? own->name.c_str() : nullptr;
}

#else

void keep_host(SSL*, const std::string&) noexcept {}
const char* kept_host(SSL*, const char* in_openssl) noexcept { return in_openssl; }

#endif

}  // namespace

bool verify_host(SSL* ssl, const std::string& name) {
  keep_host(ssl, name);
  return X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl), name.data(), name.size()) == 1;
}

const char* host_to_verify(SSL* ssl) noexcept {
  return kept_host(ssl, X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 0));
}

std::string expected_name(SSL* ssl) {
  if (SSL_is_server(ssl) == 1) return {};
  if (const char* const name = host_to_verify(ssl)) return name;
  if (const ascii_ptr address = address_to_verify(ssl)) return address.get();
  const char* const sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  return sent != nullptr ? sent : "";
}

std::string name_to_prove(SSL* ssl) {
  const std::string* const public_name = rejecting_public_name(ssl);
  return public_name != nullptr ? *public_name : expected_name(ssl);
}

long host_name_fault(SSL* ssl) noexcept {
  if (SSL_is_server(ssl) == 1 || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) return X509_V_OK;
  X509* const leaf = SSL_get0_peer_certificate(ssl);
  // If more is wrong than the name, it has been accepted already: by `optional`, or by the user's
  // function.
  const peer_waivers waived = waivers_of(ssl);
  const bool is_settled = SSL_get_verify_result(ssl) != X509_V_OK && !waived.any;
  if (leaf == nullptr || is_settled || waived.name || tlsa_settles_name(ssl, waived.any)) {
    return X509_V_OK;
  }
  long fault = X509_V_OK;
  if (const char* const name = host_to_verify(ssl)) {
    if (!name_matches(leaf, name)) fault = X509_V_ERR_HOSTNAME_MISMATCH;
  } else if (const ascii_ptr address = address_to_verify(ssl)) {
    if (X509_check_ip_asc(leaf, address.get(), 0) != 1) fault = X509_V_ERR_IP_ADDRESS_MISMATCH;
  } else {
    fault = X509_V_ERR_OUT_OF_MEM;  // a client that verifies a certificate has one of them
  }
  clear_error_queue();
  return fault;
}

}  // namespace detail
}  // namespace iostls
