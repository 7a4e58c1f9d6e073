// SPDX-License-Identifier: Apache-2.0
#include "ocsp.hpp"

#include <ctime>
#include <memory>

#include "pem.hpp"

namespace iostls {
namespace test {
namespace {

template <class T>
using owner = std::unique_ptr<T, void (*)(T*)>;

owner<ASN1_GENERALIZEDTIME> from_now(std::chrono::seconds offset) {
  return {ASN1_GENERALIZEDTIME_set(nullptr,
                                   std::time(nullptr) + static_cast<std::time_t>(offset.count())),
          ASN1_GENERALIZEDTIME_free};
}

void add_answer(OCSP_BASICRESP* basic, X509* issuer, const std::string& certificate,
                const ocsp_options& options) {
  const std::shared_ptr<X509> subject = certificate_from(certificate);
  const owner<OCSP_CERTID> id(
      OCSP_cert_to_id(EVP_get_digestbyname(options.id_hash), subject.get(), issuer),
      OCSP_CERTID_free);
  const auto revoked = from_now(std::chrono::minutes(-1));
  const auto from = from_now(options.valid.from), to = from_now(options.valid.to);
  const bool is_revoked = options.status == V_OCSP_CERTSTATUS_REVOKED;
  require(id && OCSP_basic_add1_status(basic, id.get(), options.status,
                                       OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                                       is_revoked ? revoked.get() : nullptr, from.get(),
                                       options.has_next_update ? to.get() : nullptr) != nullptr,
          "OCSP_basic_add1_status");
}

std::string encoded(OCSP_RESPONSE* response) {
  unsigned char* data = nullptr;
  const int size = i2d_OCSP_RESPONSE(response, &data);
  require(size > 0, "i2d_OCSP_RESPONSE");
  const std::string result(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  OPENSSL_free(data);
  return result;
}

int send_response(SSL* ssl, void* response) {
  const std::string& der = *static_cast<const std::string*>(response);
  SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup(der.data(), der.size()),
                                  static_cast<long>(der.size()));
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::string ocsp_response(const authority& issuer, const std::vector<std::string>& about,
                          const ocsp_options& options) {
  const owner<OCSP_BASICRESP> basic(OCSP_BASICRESP_new(), OCSP_BASICRESP_free);
  const std::shared_ptr<X509> ca = certificate_from(issuer.certificate());
  for (const std::string& each : about) add_answer(basic.get(), ca.get(), each, options);
  const bool delegated = !options.signer.key.empty();
  const std::shared_ptr<X509> signer =
      delegated ? certificate_from(options.signer.certificate) : ca;
  const std::shared_ptr<EVP_PKEY> key = delegated ? key_from(options.signer.key) : issuer.key();
  require(OCSP_basic_sign(basic.get(), signer.get(), key.get(), EVP_sha256(), nullptr,
                          delegated ? 0 : OCSP_NOCERTS) == 1,
          "OCSP_basic_sign");
  const owner<OCSP_RESPONSE> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()), OCSP_RESPONSE_free);
  return encoded(response.get());
}

std::string ocsp_error(int status) {
  const owner<OCSP_RESPONSE> response(OCSP_response_create(status, nullptr), OCSP_RESPONSE_free);
  return encoded(response.get());
}

void staple(SSL_CTX* ctx, const std::string& response) {
  SSL_CTX_set_tlsext_status_cb(ctx, send_response);
  SSL_CTX_set_tlsext_status_arg(ctx, const_cast<std::string*>(&response));
}

}  // namespace test
}  // namespace iostls
