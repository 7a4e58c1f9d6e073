// SPDX-License-Identifier: Apache-2.0
// Whether a certificate is for a host: the one rule, for handshakes, servers' credentials and
// certificate::matches.
#pragma once

#include <string_view>

#include <openssl/x509.h>

#include "transport/host_name.hpp"

namespace iostls {
namespace detail {

enum class wildcards { count, do_not_count };

// OpenSSL's rule, but a wildcard also matches labels with an underscore, as in curl and GnuTLS:
// they are not allowed in host names, but many that are in use have them. OpenSSL's error queue is
// left unchanged.
bool host_matches(X509* leaf, const host_name& name, wildcards w = wildcards::count) noexcept;

// The same for text that is known to be a name, in the form of host_name.
bool name_matches(X509* leaf, std::string_view name, wildcards w = wildcards::count) noexcept;

// To be called before X509_verify_cert(3), with the name that it will check: removes that from OpenSSL's
// own check if OpenSSL would reject it and the rule above accepts it. Null does nothing.
void settle_host(X509_STORE_CTX* context, const char* host) noexcept;

}  // namespace detail
}  // namespace iostls
