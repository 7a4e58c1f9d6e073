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

// "pkcs11" of "pkcs11:token=t", in lower case; empty if the text does not begin like a URI (RFC 3986, 3.1). A
// letter alone is a drive of Windows.
std::string uri_scheme(const std::string& text);

// Whether the source is a URI: "file:...", "pkcs11:...", or with another scheme for which a provider that is
// active has a loader.
bool is_store_uri(const pem_source& source);

// The path in "file:/path" or "file://host/path"; empty if it is another URI.
std::string path_of_store_uri(const std::string& uri);

// The query may contain a PIN.
std::string without_query(const std::string& uri);

// A URI as errors may show it, in quotes: without the query.
std::string shown_uri(const std::string& uri);

// Throws ssl_error (bad_credentials) that names the option, or what the password's function throws.
credential_parts read_store(const std::string& option, const std::string& uri,
                            password_callback& password);

}  // namespace detail
}  // namespace iostls
