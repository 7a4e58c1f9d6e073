// SPDX-License-Identifier: Apache-2.0
// PKCS#12 files (RFC 7292): a certificate, its chain and its key, protected by a password.
#pragma once

#include "credentials/credential_parts.hpp"
#include "credentials/encoded_input.hpp"
#include "credentials/password_callback.hpp"

namespace iostls {
namespace detail {

// Whether the input is a PKCS#12 file, judged by its first bytes.
bool is_pkcs12(const encoded_input& input) noexcept;

// Throws ssl_error (bad_credentials), or what the password's function throws.
credential_parts read_pkcs12(const encoded_input& input, password_callback& password);

}  // namespace detail
}  // namespace iostls
