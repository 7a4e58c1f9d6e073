// SPDX-License-Identifier: Apache-2.0
// The certificate that answers an ACME server (RFC 8737).
#pragma once

#include <string>

#include <iostls/credential_source.hpp>

namespace example {

// A self-signed certificate for the domain, with the digest of the key authorization, which is the token of
// the challenge, a dot, and the thumbprint of the account's key (RFC 8555, 8.1). Valid for an hour. Throws
// std::runtime_error.
iostls::credential_source acme_certificate(const std::string& domain,
                                           const std::string& key_authorization);

}  // namespace example
