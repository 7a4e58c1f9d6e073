// SPDX-License-Identifier: Apache-2.0
// Certificates and keys that OpenSSL's providers hold, named by URIs.
#pragma once

#include <memory>
#include <string>

#include <openssl/store.h>
#include <iostls/credential_source.hpp>

#include "credentials/credential_parts.hpp"
#include "credentials/password_callback.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace detail {

struct close_store {
  void operator()(OSSL_STORE_CTX* store) const noexcept { OSSL_STORE_close(store); }
};
using open_store_ptr = std::unique_ptr<OSSL_STORE_CTX, close_store>;
using store_info_ptr = openssl_ptr<OSSL_STORE_INFO, OSSL_STORE_INFO_free>;

// Whether the source is a URI: "pkcs11:..." or "file:...".
bool is_store_uri(const pem_source& source);

// The path in "file:/path" or "file://host/path"; empty if it is another URI.
std::string path_of_store_uri(const std::string& uri);

// A URI as errors may show it, in quotes: without the query, which may contain a PIN.
std::string shown_uri(const std::string& uri);

// Throws ssl_error (bad_credentials) that names the option, or what the password's function throws.
credential_parts read_store(const std::string& option, const std::string& uri,
                            password_callback& password);

}  // namespace detail
}  // namespace iostls
