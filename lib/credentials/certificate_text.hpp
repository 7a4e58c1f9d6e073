// SPDX-License-Identifier: Apache-2.0
// The contents of certificates as text. These functions leave OpenSSL's error queue unchanged.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <openssl/x509.h>

namespace iostls {
namespace detail {

// In the form of RFC 2253: "CN=Alice,O=Example".
std::string name_text(const X509_NAME* name);

// The same for errors and logs: of a long name, only the part that is kept is printed.
std::string name_excerpt(const X509_NAME* name);

// The subject, for errors; if it is empty, the first alternative name: "CN=localhost", "localhost".
std::string subject_excerpt(const X509* certificate);

// An address of an alternative name; empty unless it has the length of one.
std::string address_text(const ASN1_OCTET_STRING* address);

// The first few of the names, for errors, in quotes: "\"a.example\", \"b.example\" and 12 more";
// empty if there is none.
std::string names_excerpt(const std::vector<std::string>& names, std::size_t most = 5);

}  // namespace detail
}  // namespace iostls
