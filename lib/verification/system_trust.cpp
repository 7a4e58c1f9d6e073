// SPDX-License-Identifier: Apache-2.0
#include "verification/system_trust.hpp"

#include <string>
#include <vector>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "credentials/store_uri.hpp"
#include "system/environment.hpp"
#include "system/folder.hpp"
#include "verification/hashed_folder.hpp"

namespace iostls {
namespace detail {
namespace {

// OpenSSL has three look-ups: in the file, in the folders by the hash of a name, and, up to version 3.3, in a
// store of which the text for the folders is the URI. The latter reads a whole folder each time that the others
// have found nothing, which is the case of each certificate that a peer sends along. In plain folders, it
// finds what the second one has found.
bool needs_store(const std::string& folders) {
  if (!uri_scheme(folders).empty()) return true;
  const bool is_list = folders.find(folder_separator()) != std::string::npos;
  if (!is_list) return folder_fault(folders) != 0 || !is_found_by_hash(folders);
  return folder_fault(folders) == 0;  // a single folder, to a store
}

// A look-up that knows neither a file nor a folder takes the system's, and those which the environment
// names come first.
bool look_in_file_and_folders(X509_STORE* store) {
  X509_LOOKUP* const file = X509_STORE_add_lookup(store, X509_LOOKUP_file());
  X509_LOOKUP* const folder = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
  if (file == nullptr || folder == nullptr) return false;
  static_cast<void>(X509_LOOKUP_load_file(file, nullptr, X509_FILETYPE_DEFAULT));
  static_cast<void>(X509_LOOKUP_add_dir(folder, nullptr, X509_FILETYPE_DEFAULT));
  return true;
}

}  // namespace

std::string system_folders() {
  const char* const variable = trusted_variable(X509_get_default_cert_dir_env());
  return variable != nullptr ? variable : X509_get_default_cert_dir();
}

bool trust_system_authorities(SSL_CTX* ctx) {
  X509_STORE* const store = SSL_CTX_get_cert_store(ctx);
  const bool found = needs_store(system_folders()) ? SSL_CTX_set_default_verify_paths(ctx) == 1
                                                   : look_in_file_and_folders(store);
  const char* const uri = system_authorities_uri();
  return found && (uri == nullptr || X509_STORE_load_store(store, uri) == 1);
}

}  // namespace detail
}  // namespace iostls
