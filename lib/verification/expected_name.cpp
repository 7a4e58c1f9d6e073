// SPDX-License-Identifier: Apache-2.0
#include "verification/expected_name.hpp"

#include <memory>

#include <openssl/x509_vfy.h>

#include "credentials/host_match.hpp"
#include "negotiation/encrypted_client_hello.hpp"
#include "openssl/error_queue.hpp"
#include "transport/host_name.hpp"
#include "verification/certificate_verifier.hpp"

namespace iostls {
namespace detail {
namespace {

struct free_text {
  void operator()(char* text) const noexcept { OPENSSL_free(text); }
};

using ascii_ptr = std::unique_ptr<char, free_text>;

}  // namespace

std::string expected_name(SSL* ssl) {
  if (SSL_is_server(ssl) == 1) return {};
  if (const std::string* const hidden = name_behind_ech(ssl)) return host_name(*hidden).text;
  X509_VERIFY_PARAM* const param = SSL_get0_param(ssl);
  if (const char* const name = X509_VERIFY_PARAM_get0_host(param, 0)) return name;
  if (const ascii_ptr address{X509_VERIFY_PARAM_get1_ip_asc(param)}) return address.get();
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
  if (leaf == nullptr || is_settled || waived.name) return X509_V_OK;
  X509_VERIFY_PARAM* const param = SSL_get0_param(ssl);
  long fault = X509_V_OK;
  if (const char* const name = X509_VERIFY_PARAM_get0_host(param, 0)) {
    if (!name_matches(leaf, name)) fault = X509_V_ERR_HOSTNAME_MISMATCH;
  } else if (const ascii_ptr address{X509_VERIFY_PARAM_get1_ip_asc(param)}) {
    if (X509_check_ip_asc(leaf, address.get(), 0) != 1) fault = X509_V_ERR_IP_ADDRESS_MISMATCH;
  } else {
    fault = X509_V_ERR_OUT_OF_MEM;  // a client that verifies a certificate has one of them
  }
  clear_error_queue();
  return fault;
}

}  // namespace detail
}  // namespace iostls
