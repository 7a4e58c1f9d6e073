// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {

// "we offer TLS 1.2 to TLS 1.3", or "we offer only TLS 1.3".
std::string offered_versions(SSL* ssl);

// "TLS 1.2"; the number if the version has no name.
std::string version_text(int version);

}  // namespace detail
}  // namespace iostls
