// SPDX-License-Identifier: Apache-2.0
// What stands in a certificate, as text. None of it leaves anything in OpenSSL's error queue, nor takes
// anything out of it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <openssl/x509.h>

namespace iostls {
namespace detail {

// As RFC 2253 has it: "CN=Alice,O=Example".
std::string name_text(const X509_NAME* name);

// The same for errors: one that is long is cut without being printed in full.
std::string name_excerpt(const X509_NAME* name);

// Its subject for errors, else the first of its names: "CN=localhost", "localhost".
std::string subject_excerpt(const X509* certificate);

// The subject alternative names that are host names, addresses, mail addresses and URIs, as they are.
std::vector<std::string> alternative_names(const X509* certificate);

// The first few of them for errors, in quotes: "\"a.example\", \"b.example\" and 12 more"; empty if
// there is none.
std::string names_excerpt(const std::vector<std::string>& names, std::size_t most = 5);

}  // namespace detail
}  // namespace iostls
