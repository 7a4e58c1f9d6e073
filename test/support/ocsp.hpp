// SPDX-License-Identifier: Apache-2.0
// OCSP responses of a test's authority.
#pragma once

#include <string>
#include <vector>

#include <openssl/ocsp.h>
#include <openssl/ssl.h>

#include "authority.hpp"

namespace iostls {
namespace test {

struct ocsp_options {
  int status = V_OCSP_CERTSTATUS_GOOD;
  validity valid;
  bool has_next_update = true;
  const char* id_hash = "SHA1";  // by which the certificates are named
  // The signer, which sends its certificate along; empty: the authority itself.
  issued signer;
};

// In DER: what the authority states about certificates that are its own, or are claimed to be. They are
// PEM texts, of which the first certificate counts.
std::string ocsp_response(const authority& issuer, const std::vector<std::string>& about,
                          const ocsp_options& options = {});

// A response that answers nothing: OCSP_RESPONSE_STATUS_TRYLATER ...
std::string ocsp_error(int status);

// Makes a server of plain OpenSSL send a response, whatever it is, to clients that ask. The string
// must outlive the context.
void staple(SSL_CTX* ctx, const std::string& response);

}  // namespace test
}  // namespace iostls
