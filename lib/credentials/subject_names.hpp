// SPDX-License-Identifier: Apache-2.0
// The names in a certificate with their types. These functions leave OpenSSL's error queue unchanged.
#pragma once

#include <string>
#include <vector>

#include <openssl/x509v3.h>

#include <iostls/certificate.hpp>

namespace iostls {
namespace detail {

// The number of an object identifier: "1.3.6.1.5.5.7.3.1".
std::string number_text(const ASN1_OBJECT* object);

// The text of a string of any type in UTF-8; false if it is not valid.
bool utf8_text(const ASN1_STRING* string, std::string& text);

// All subject alternative names, in their order.
std::vector<alternative_name> typed_names(const X509* certificate);

// The texts of those that are host names, addresses, mail addresses and URIs, unchanged.
std::vector<std::string> alternative_names(const X509* certificate);

// The names of one type that a program may use as they are: printable ASCII without blanks.
std::vector<std::string> plain_names(const X509* certificate, name_type type);

// The user principal names of Microsoft's directories.
std::vector<std::string> principal_names(const X509* certificate);

// The common name of the subject; empty unless there is exactly one, without control characters.
std::string only_common_name(const X509* certificate);

// Adds the name, if it is a URI that a program may use as it is.
void add_uri(std::vector<std::string>& uris, const GENERAL_NAME* name);

}  // namespace detail
}  // namespace iostls
