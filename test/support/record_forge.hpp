// SPDX-License-Identifier: Apache-2.0
// Encrypted records that OpenSSL would not send: empty ones, alerts, handshake messages out of
// turn.
#pragma once

#include <array>
#include <cstdint>
#include <sstream>
#include <string>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>

#include "pem.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {

inline std::string hmac_sha256(const std::string& key, const std::string& text) {
  std::array<unsigned char, 32> digest{};
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(),
               nullptr) != nullptr,
          "HMAC");
  return std::string(digest.begin(), digest.end());
}

inline std::string big_endian(std::uint64_t number, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = size; i-- != 0; number >>= 8) text[i] = static_cast<char>(number);
  return text;
}

// Speaks for a peer of TLS 1.2 or 1.3 after its handshake. From the first forged record on, all
// that this end sends must be forged, since OpenSSL does not count these records.
class record_forge {
 public:
  static constexpr char alert = 21, handshake = 22, data = 23;

  record_forge() = default;
  record_forge(const record_forge&) = delete;
  record_forge& operator=(const record_forge&) = delete;

  // A peer with these options, made while the forge lives, can be spoken for.
  peer_options prepared(peer_options options) {
    options.tune = [this](SSL_CTX* ctx) {
      SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
      SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES128-GCM-SHA256");
      SSL_CTX_set_num_tickets(ctx, 0);
      SSL_CTX_set_app_data(ctx, this);
      SSL_CTX_set_keylog_callback(ctx, note_secret);
    };
    return options;
  }

  // After the handshake.
  void take_over(tls_peer& peer) {
    peer_ = &peer;
    take_over(peer.ssl());
  }
  // For records that the caller sends.
  void take_over(const SSL* ssl) {
    tls_1_3_ = SSL_version(ssl) == TLS1_3_VERSION;
    tls_1_3_ ? derive_1_3() : derive_1_2(ssl);
  }

  std::string record(char type, const std::string& text) {
    return tls_1_3_ ? record_1_3(type, text) : record_1_2(type, text);
  }

  // A KeyUpdate of TLS 1.3, which asks for none; what follows has the new key.
  std::string key_update() {
    const std::string forged = record(handshake, std::string("\x18\0\0\1\0", 5));
    secret_ = expand_label("traffic upd", 32);
    derive_1_3();
    return forged;
  }

  bool send(char type, const std::string& text) { return peer_->send_raw(record(type, text)); }

 private:
  static void note_secret(const SSL* ssl, const char* line) {
    auto* const self = static_cast<record_forge*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    std::istringstream words(line);
    std::string label, random, secret;
    words >> label >> random >> secret;
    const bool server = SSL_is_server(ssl) == 1;
    if (label == (server ? "SERVER_TRAFFIC_SECRET_0" : "CLIENT_TRAFFIC_SECRET_0")) {
      self->secret_.clear();
      for (std::size_t i = 0; i + 1 < secret.size(); i += 2) {
        self->secret_ += static_cast<char>(std::stoi(secret.substr(i, 2), nullptr, 16));
      }
    }
  }

  // HKDF-Expand-Label of RFC 8446, 7.1, for no more than one block.
  std::string expand_label(const std::string& label, std::size_t size) const {
    const std::string full = "tls13 " + label;
    const std::string info = big_endian(size, 2) + static_cast<char>(full.size()) + full + '\0';
    return hmac_sha256(secret_, info + '\1').substr(0, size);
  }

  void derive_1_3() {
    key_ = expand_label("key", 16);
    iv_ = expand_label("iv", 12);
    number_ = 0;
  }

  // The key block of RFC 5246, 6.3: two keys, two salts. The Finished message was record 0.
  void derive_1_2(const SSL* ssl) {
    std::string master(48, '\0'), client(32, '\0'), server(32, '\0');
    const auto bytes = [](std::string& s) { return reinterpret_cast<unsigned char*>(&s[0]); };
    SSL_SESSION_get_master_key(SSL_get_session(ssl), bytes(master), master.size());
    SSL_get_client_random(ssl, bytes(client), client.size());
    SSL_get_server_random(ssl, bytes(server), server.size());
    const std::string seed = "key expansion" + server + client;
    std::string block, a = seed;
    while (block.size() < 40) {
      a = hmac_sha256(master, a);
      block += hmac_sha256(master, a + seed);
    }
    const std::size_t which = SSL_is_server(ssl) == 1 ? 1 : 0;
    key_ = block.substr(16 * which, 16);
    iv_ = block.substr(32 + 4 * which, 4);
    number_ = 1;
  }

  std::string record_1_3(char type, const std::string& text) {
    const std::string header = "\x17\x03\x03" + big_endian(text.size() + 1 + 16, 2);
    std::string nonce = big_endian(number_++, 12);
    for (std::size_t i = 0; i != nonce.size(); ++i) nonce[i] ^= iv_[i];
    return header + sealed(nonce, header, text + type);
  }

  std::string record_1_2(char type, const std::string& text) {
    const std::string number = big_endian(number_++, 8);
    const std::string start = type + std::string("\x03\x03");
    return start + big_endian(8 + text.size() + 16, 2) + number +
           sealed(iv_ + number, number + start + big_endian(text.size(), 2), text);
  }

  // AES-128-GCM.
  std::string sealed(const std::string& nonce, const std::string& aad,
                     const std::string& text) const {
    const auto bytes = [](const std::string& s) {
      return reinterpret_cast<const unsigned char*>(s.data());
    };
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> ctx(EVP_CIPHER_CTX_new(),
                                                                              EVP_CIPHER_CTX_free);
    std::string out(text.size() + 16, '\0');
    auto* const to = reinterpret_cast<unsigned char*>(&out[0]);
    int n = 0;
    const bool ok =
        EVP_EncryptInit_ex(ctx.get(), EVP_aes_128_gcm(), nullptr, bytes(key_), bytes(nonce)) == 1 &&
        EVP_EncryptUpdate(ctx.get(), nullptr, &n, bytes(aad), static_cast<int>(aad.size())) == 1 &&
        EVP_EncryptUpdate(ctx.get(), to, &n, bytes(text), static_cast<int>(text.size())) == 1 &&
        EVP_EncryptFinal_ex(ctx.get(), to + text.size(), &n) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_GCM_GET_TAG, 16, to + text.size()) == 1;
    require(ok, "AES-GCM");
    return out;
  }

  tls_peer* peer_ = nullptr;
  bool tls_1_3_ = false;
  std::string secret_, key_, iv_;
  std::uint64_t number_ = 0;
};

}  // namespace test
}  // namespace iostls
