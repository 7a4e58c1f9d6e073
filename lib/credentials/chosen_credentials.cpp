// SPDX-License-Identifier: Apache-2.0
#include "credentials/chosen_credentials.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <iostls/ssl_error.hpp>

#include "openssl/callback_exception.hpp"
#include "openssl/error.hpp"
#include "openssl/ssl_ex_data.hpp"

namespace iostls {
namespace detail {
namespace {

struct chosen_credentials {
  credential_list all;
};

using chosen_slot = ssl_ex_data<chosen_credentials>;

extern "C" int install_chosen(SSL* ssl, void*) noexcept {
  const chosen_credentials* const chosen = chosen_slot::get(ssl);
  if (chosen == nullptr) return 0;
  try {
    std::vector<const ready_credential*> all;
    for (const auto& each : chosen->all) all.push_back(each.get());
    return install_one_of_each_type(ssl, all) ? 1 : 0;
  } catch (...) {
    keep_callback_exception(ssl);
    return 0;
  }
}

}  // namespace

void choose_credentials(SSL* ssl, credential_list chosen) {
  chosen_slot::put(ssl, std::move(chosen));
  SSL_set_cert_cb(ssl, install_chosen, nullptr);
}

const ocsp_staple* chosen_staple(const SSL* ssl, const X509* leaf) noexcept {
  const chosen_credentials* const chosen = chosen_slot::get(ssl);
  if (chosen == nullptr) return nullptr;
  for (const auto& each : chosen->all) {
    if (each->staple && X509_cmp(each->leaf(), leaf) == 0) return &*each->staple;
  }
  return nullptr;
}

std::string chosen_credentials_digest(const SSL* ssl) {
  const chosen_credentials* const chosen = chosen_slot::get(ssl);
  std::string digests;
  if (chosen == nullptr) return digests;
  for (const auto& each : chosen->all) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (X509_digest(each->leaf(), EVP_sha256(), digest.data(), &size) != 1) {
      throw make_error(system_code(ENOMEM), "handshake");
    }
    digests.append(digest.begin(), digest.begin() + size);
  }
  return digests;
}

}  // namespace detail
}  // namespace iostls
