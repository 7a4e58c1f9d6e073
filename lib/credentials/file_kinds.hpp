// SPDX-License-Identifier: Apache-2.0
// What a file is that was meant to hold a certificate or a key, for errors that say what to do with it.
#pragma once

#include <set>
#include <string>

namespace iostls {
namespace detail {

// What the blocks of a PEM text are called: "CERTIFICATE", "EC PRIVATE KEY" ...
std::set<std::string> pem_labels(const std::string& text);

// Whether there is more than one line. PEM without is not read.
bool has_lines(const std::string& text) noexcept;

// Of a block that OpenSSL cannot read: "; its end is missing". Empty if there is nothing to say.
std::string damage_words(const std::string& text);

// Of text in which no PEM block begins, and which is no DER: "is a key of PuTTY; ...". Never quotes it,
// since it may be a secret.
std::string unknown_kind_words(const std::string& text);

// Of PEM text without what is wanted: "holds no certificate, only a PRIVATE KEY".
std::string other_blocks_words(const std::string& text, const std::string& wanted);

// Of DER that is not what is wanted: "is DER, but not of a certificate: it is a certificate request ...".
std::string other_der_words(const std::string& der, const std::string& wanted);

}  // namespace detail
}  // namespace iostls
