// SPDX-License-Identifier: Apache-2.0
// Keys of servers for Encrypted Client Hello, by OpenSSL 4; before, there are none.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "negotiation/encrypted_client_hello.hpp"
#include "pem.hpp"

namespace iostls {
namespace test {

struct ech_key {
  std::string pem;   // the private key and the list
  std::string list;  // of the one configuration, in base 64
};

// A list in binary.
inline std::string from_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(&bytes[0]),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  require(size > 0, "EVP_DecodeBlock");
  const std::size_t padding = text.size() - (text.find_last_not_of('=') + 1);
  return bytes.substr(0, static_cast<std::size_t>(size) - padding);
}

inline std::string to_base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(&text[0]),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  return text.substr(0, static_cast<std::size_t>(size));
}

#if OPENSSL_VERSION_NUMBER >= 0x40000000L && !defined(OPENSSL_NO_ECH)

using ech_store = std::unique_ptr<OSSL_ECHSTORE, decltype(&OSSL_ECHSTORE_free)>;

inline ech_store new_ech_store() {
  return {OSSL_ECHSTORE_new(nullptr, nullptr), OSSL_ECHSTORE_free};
}

// The base 64 of a block ECHCONFIG, in one line.
inline std::string list_in(const std::string& pem) {
  const std::string begin = "-----BEGIN ECHCONFIG-----", end = "-----END ECHCONFIG-----";
  const std::size_t at = pem.find(begin) + begin.size();
  std::string list;
  for (const char c : pem.substr(at, pem.find(end) - at)) {
    if (c != '\n') list += c;
  }
  return list;
}

inline ech_key make_ech_key(const std::string& public_name) {
  const ech_store store = new_ech_store();
  const OSSL_HPKE_SUITE suite = OSSL_HPKE_SUITE_DEFAULT;
  require(store && OSSL_ECHSTORE_new_config(store.get(), OSSL_ECH_CURRENT_VERSION, 0,
                                            public_name.c_str(), suite) == 1,
          "OSSL_ECHSTORE_new_config");
  const std::string pem = written(
      [&](BIO* out) { return OSSL_ECHSTORE_write_pem(store.get(), OSSL_ECHSTORE_LAST, out); });
  return {pem, list_in(pem)};
}

// Has a server decrypt what is encrypted for the key, and offer its list to those that use another.
inline void use_ech_key(SSL_CTX* ctx, const ech_key& key) {
  const ech_store store = new_ech_store();
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> in(
      BIO_new_mem_buf(key.pem.data(), static_cast<int>(key.pem.size())), BIO_free_all);
  require(store && in && OSSL_ECHSTORE_read_pem(store.get(), in.get(), OSSL_ECH_FOR_RETRY) == 1 &&
              SSL_CTX_set1_echstore(ctx, store.get()) == 1,
          "SSL_CTX_set1_echstore");
}

#else

inline ech_key make_ech_key(const std::string&) { return {}; }
inline void use_ech_key(SSL_CTX*, const ech_key&) {}

#endif

}  // namespace test
}  // namespace iostls
