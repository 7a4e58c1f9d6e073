// SPDX-License-Identifier: Apache-2.0
// The credentials of one connection, which a function of the options has chosen.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "credentials/ocsp_staple.hpp"
#include "credentials/ready_credential.hpp"

namespace iostls {
namespace detail {

// They take the place of those of the connection's context.
using credential_list = std::vector<std::shared_ptr<const ready_credential>>;
void choose_credentials(SSL* ssl, credential_list chosen);

// The staple of the chosen one whose leaf this is; null if there is none.
const ocsp_staple* chosen_staple(const SSL* ssl, const X509* leaf) noexcept;

// A number that stands for what was chosen; empty if nothing was.
std::string chosen_credentials_digest(const SSL* ssl);

}  // namespace detail
}  // namespace iostls
