// SPDX-License-Identifier: Apache-2.0
// Folders in which OpenSSL finds certificates and revocation lists by a hash of their names (see
// openssl-rehash(1)).
#pragma once

#include <string>
#include <vector>

namespace iostls {
namespace detail {

// Whether it is a name such as 9d66eef0.0 or, of a revocation list, 9d66eef0.r0.
bool is_hashed_name(const std::string& name);

// The folders of a list such as that in SSL_CERT_DIR.
std::vector<std::string> folders_in(const std::string& list);

// Whether a look-up by the hash, which starts from number 0 and ends with the first that is missing, finds
// everything in the folder that has a hashed name.
bool is_found_by_hash(const std::string& folder);

}  // namespace detail
}  // namespace iostls
