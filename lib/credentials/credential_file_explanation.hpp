// SPDX-License-Identifier: Apache-2.0
// Explains why a file that should hold a certificate or a key cannot be used: recognises what it
// contains instead, and what to do with that.
#pragma once

#include <set>
#include <string>

namespace iostls {
namespace detail {

// The labels of the blocks of a PEM text: "CERTIFICATE", "EC PRIVATE KEY" ...
std::set<std::string> pem_labels(const std::string& text);

// Whether there is more than one line. PEM on a single line is not accepted.
bool has_lines(const std::string& text) noexcept;

// For a block that OpenSSL cannot read: "; its end is missing". Empty if there is nothing to
// report.
std::string damage_words(const std::string& text);

// For text that has no PEM block and is not DER: "is a key of PuTTY; ...". Never quotes the text,
// since it may be a secret.
std::string unknown_kind_words(const std::string& text);

// For PEM text without the required block: "holds no certificate, only a PRIVATE KEY".
std::string other_blocks_words(const std::string& text, const std::string& wanted);

// For DER of another kind than required: "is DER, but not of a certificate: it is a certificate
// request ...".
std::string other_der_words(const std::string& der, const std::string& wanted);

}  // namespace detail
}  // namespace iostls
