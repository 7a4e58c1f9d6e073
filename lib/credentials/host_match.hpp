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

// As OpenSSL has it, but a wildcard stands for labels with an underscore, too, as in curl and GnuTLS: it
// is in no host name by the book, but in many that are in use. OpenSSL's error queue is left as it is.
bool host_matches(X509* leaf, const host_name& name, wildcards w = wildcards::count) noexcept;

// The same for what is known to be a name, as host_name has it.
bool name_matches(X509* leaf, std::string_view name, wildcards w = wildcards::count) noexcept;

// Before X509_verify_cert(3): takes the name off OpenSSL's list where it would find a fault and the rule
// above does not.
void settle_host(X509_STORE_CTX* context) noexcept;

}  // namespace detail
}  // namespace iostls
