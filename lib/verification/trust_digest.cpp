// SPDX-License-Identifier: Apache-2.0
#include "verification/trust_digest.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <string>

#include <openssl/evp.h>
#include <openssl/store.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "credentials/store_uri.hpp"
#include "openssl/error.hpp"
#include "system/environment.hpp"
#include "system/file_content.hpp"
#include "system/file_state.hpp"
#include "system/folder.hpp"
#include "transport/host_name.hpp"
#include "verification/hashed_folder.hpp"
#include "verification/system_trust.hpp"

namespace iostls {
namespace detail {
namespace {

class sha256 {
 public:
  unsigned char* data() noexcept { return bytes_.data(); }
  unsigned int* size() noexcept { return &size_; }

  // `result` is that of the function which has filled this in.
  std::string text(int result) const {
    if (result != 1) throw make_error(ssl_errc::bad_configuration, "context", "no SHA-256");
    return {bytes_.begin(), bytes_.begin() + size_};
  }

 private:
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes_{};
  unsigned int size_ = 0;
};

std::string digest_of(const std::string& text) {
  sha256 d;
  const int result =
      EVP_Digest(text.data(), text.size(), d.data(), d.size(), EVP_sha256(), nullptr);
  return d.text(result);
}

std::string words_of(const STACK_OF(ASN1_OBJECT) * usages) {
  std::set<std::string> words;
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages); ++i) {
    std::array<char, 256> oid{};
    OBJ_obj2txt(oid.data(), oid.size(), sk_ASN1_OBJECT_value(usages, i), 1);
    words.insert(oid.data());
  }
  std::string text = usages != nullptr ? "these:" : "any";
  for (const std::string& word : words) text += word + ' ';
  return text;
}

// The purposes for which an authority is trusted (see -addtrust and -addreject in openssl-x509(1))
// are not part of what was signed.
std::string digest_of(X509* certificate) {
  sha256 d;
  const int result = X509_digest(certificate, EVP_sha256(), d.data(), d.size());
  return digest_of(d.text(result) + words_of(X509_get0_trust_objects(certificate)) + '\0' +
                   words_of(X509_get0_reject_objects(certificate)));
}

std::string digest_of(const X509_CRL* list) {
  sha256 d;
  const int result = X509_CRL_digest(list, EVP_sha256(), d.data(), d.size());
  return d.text(result);
}

std::string digest_of(const std::set<std::string>& digests) {
  std::string all;
  for (const std::string& digest : digests) all += digest;
  return digest_of(all);
}

#if OPENSSL_VERSION_NUMBER >= 0x30300000L
struct free_objects {
  void operator()(STACK_OF(X509_OBJECT) * objects) const noexcept {
    sk_X509_OBJECT_pop_free(objects, X509_OBJECT_free);
  }
};
STACK_OF(X509_OBJECT) * look_at(X509_STORE* store) { return X509_STORE_get1_objects(store); }
#else
struct free_objects {
  void operator()(STACK_OF(X509_OBJECT) *) const noexcept {}  // they stay the store's
};
STACK_OF(X509_OBJECT) * look_at(X509_STORE* store) { return X509_STORE_get0_objects(store); }
#endif

void add_objects(std::set<std::string>& digests, X509_STORE* store) {
  const std::unique_ptr<STACK_OF(X509_OBJECT), free_objects> objects(look_at(store));
  if (!objects) throw make_error(system_code(ENOMEM), "context");
  for (int i = 0; i < sk_X509_OBJECT_num(objects.get()); ++i) {
    X509_OBJECT* const object = sk_X509_OBJECT_value(objects.get(), i);
    auto* const certificate = X509_OBJECT_get0_X509(object);
    digests.insert(certificate != nullptr ? digest_of(certificate)
                                          : digest_of(X509_OBJECT_get0_X509_CRL(object)));
  }
}

// Reads the files that OpenSSL will read when it needs them.
void add_directory(std::set<std::string>& digests, const std::string& path) {
  for (const std::string& name : names_in_folder(path)) {
    if (!is_hashed_name(name)) continue;
    std::string place = path;
    std::string content;
    read_regular_file(place.append(1, '/').append(name), content);
    content.append(1, '\0').append(name);
    digests.insert(digest_of(content));
  }
}

void add_directories(std::set<std::string>& digests, const std::string& list) {
  for (const std::string& folder : folders_in(list)) add_directory(digests, folder);
}

// Reads what OpenSSL will read when it needs it: the objects behind the URI, and those behind the
// names that it lists, such as the files of a folder, but no further level. OpenSSL, too, goes no
// deeper.
void add_uri(std::set<std::string>& digests, const std::string& uri, bool follows_names = true) {
  const open_store_ptr store(OSSL_STORE_open(uri.c_str(), nullptr, nullptr, nullptr, nullptr));
  while (store != nullptr) {
    const store_info_ptr info(OSSL_STORE_load(store.get()));
    if (info == nullptr) break;
    if (const char* const name = OSSL_STORE_INFO_get0_NAME(info.get())) {
      const bool is_readable = !is_read_once(name) && !is_read_once(path_of_store_uri(name));
      if (follows_names && is_readable) add_uri(digests, name, false);
    } else if (X509* const certificate = OSSL_STORE_INFO_get0_CERT(info.get())) {
      digests.insert(digest_of(certificate));
    } else if (const X509_CRL* const list = OSSL_STORE_INFO_get0_CRL(info.get())) {
      digests.insert(digest_of(list));
    }
  }
}

// The folders in which OpenSSL looks for the system's authorities, and the system's store. OpenSSL has
// already read the system's file.
void add_system(std::set<std::string>& digests) {
  add_directories(digests, system_folders());
  if (const char* const uri = system_authorities_uri()) add_uri(digests, uri);
}

// Commands can create a store that replaces the context's in verifications; empty if there is none.
// OpenSSL has already read the file that VerifyCAFile names.
std::string verify_store_digest(SSL_CTX* ctx, const context_options& options) {
  X509_STORE* store = nullptr;
  SSL_CTX_get0_verify_cert_store(ctx, &store);
  if (store == nullptr) return {};
  std::set<std::string> digests;
  add_objects(digests, store);
  for (const auto& command : options.openssl_commands) {
    const std::string name = lower_case(command.first);
    if (name == "verifycapath") add_directories(digests, command.second);
    if (name == "verifycastore") add_uri(digests, command.second);
  }
  return digest_of(digests);
}

// The settings for verifying with these certificates.
std::string rules_of(SSL_CTX* ctx, const context_options& options) {
  X509_VERIFY_PARAM* const param = SSL_CTX_get0_param(ctx);
  std::string text = std::to_string(X509_VERIFY_PARAM_get_flags(param)) + ' ' +
                     std::to_string(X509_VERIFY_PARAM_get_depth(param)) + ' ' +
                     std::to_string(SSL_CTX_get_security_level(ctx)) + '\0';
  for (const std::string& purpose : options.peer_purposes) text += purpose + ' ';
  return text;
}

}  // namespace

std::string trust_digest(SSL_CTX* ctx, const context_options& options) {
  std::set<std::string> digests;
  add_objects(digests, SSL_CTX_get_cert_store(ctx));
  if (!options.ca_directory.empty()) add_directory(digests, options.ca_directory);
  if (options.system_trust.value_or(false)) add_system(digests);
  return digest_of(rules_of(ctx, options) + digest_of(digests) + verify_store_digest(ctx, options));
}

}  // namespace detail
}  // namespace iostls
