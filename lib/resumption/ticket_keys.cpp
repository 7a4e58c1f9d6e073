// SPDX-License-Identifier: Apache-2.0
#include "resumption/ticket_keys.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/redacted_path.hpp"
#include "credentials/encoded_input.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "system/fork_mutex.hpp"
#include "system/input_file.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace {

constexpr std::size_t small_size = 48;
constexpr std::size_t large_size = 80;

std::shared_ptr<const std::string> wiped_in_the_end(std::string text) {
  const std::shared_ptr<std::string> kept(new std::string, [](std::string* s) {
    detail::wipe(*s);
    delete s;
  });
  detail::take_secret(*kept, text);
  return kept;
}

}  // namespace

ticket_key::ticket_key(std::shared_ptr<const std::string> data, bool is_path)
    : data_(std::move(data)), is_path_(is_path) {}

ticket_key::ticket_key(const char* path) : ticket_key(std::string(path)) {}

ticket_key::ticket_key(std::string path)
    : data_(std::make_shared<const std::string>(std::move(path))), is_path_(true) {}

ticket_key ticket_key::from_bytes(const std::string& bytes) {
  return {wiped_in_the_end(bytes), false};
}

ticket_key ticket_key::random() {
  const detail::no_cancellation uncanceled;
  std::string bytes(large_size, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(bytes.data()), large_size) != 1) {
    throw detail::make_error(ssl_errc::bad_credentials, "ticket_keys", "no random numbers");
  }
  return {wiped_in_the_end(std::move(bytes)), false};
}

namespace detail {
namespace {

constexpr const char* option = "ticket_keys";
constexpr std::size_t name_size = 16;

[[noreturn]] void refuse_keys(const std::string& message,
                              ssl_errc kind = ssl_errc::bad_credentials) {
  throw_option_error(kind, option, message);
}

// One key, split into its parts: 16 bytes each for HMAC and AES, or 32.
struct key {
  key() = default;
  key(const key&) = default;
  key& operator=(const key&) = default;
  ~key() {
    OPENSSL_cleanse(mac.data(), mac.size());
    OPENSSL_cleanse(cipher.data(), cipher.size());
  }

  std::array<unsigned char, name_size> name{};
  std::array<unsigned char, 32> mac{};
  std::array<unsigned char, 32> cipher{};
  std::size_t size = 0;
};

// The content of a file that is no longer than a key; of longer files only as much as shows that.
class key_file {
 public:
  explicit key_file(const std::string& path) {
    const std::string name = redacted_path(path) + ": ";
    if (path.find('\0') != std::string::npos) refuse_keys("the path: has a NUL character in it");
    input_file file(path, input_file::named_pipe::do_not_wait);
    const int fault = file.fault() != 0 ? file.fault() : read(file);
    if (fault != 0) refuse_keys(name + errno_text(fault));
  }
  key_file(const key_file&) = delete;
  key_file& operator=(const key_file&) = delete;
  ~key_file() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  const char* data() const noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return size_; }

 private:
  // Returns an errno.
  int read(input_file& file) {
    while (size_ != bytes_.size()) {
      const std::ptrdiff_t count = file.read(bytes_.data() + size_, bytes_.size() - size_);
      if (count == 0) return 0;
      if (count < 0) return errno;
      size_ += static_cast<std::size_t>(count);
    }
    return 0;
  }

  std::array<char, large_size + 1> bytes_{};
  std::size_t size_ = 0;
};

// nginx stores the two parts in one order in short keys and in the opposite order in long ones.
key taken_apart(const char* bytes, std::size_t size, const std::string& whose) {
  if (size == 0) refuse_keys(whose + "is empty");
  if (size != small_size && size != large_size) {
    refuse_keys(whose + "has " + (size > large_size ? "more than 80" : std::to_string(size)) +
                " bytes; 80 or 48 are wanted");
  }
  key k;
  k.size = (size - name_size) / 2;
  std::copy_n(bytes, name_size, k.name.begin());
  bytes += name_size;
  auto& first = size == small_size ? k.cipher : k.mac;
  auto& second = size == small_size ? k.mac : k.cipher;
  std::copy_n(bytes, k.size, first.begin());
  std::copy_n(bytes + k.size, k.size, second.begin());
  return k;
}

using key_list = std::vector<key>;

std::shared_ptr<const key_list> read_keys(const std::vector<ticket_key>& sources) {
  if (sources.empty()) refuse_keys("there is no key", ssl_errc::bad_configuration);
  auto keys = std::make_shared<key_list>();
  keys->reserve(sources.size());  // a vector that grows would leave copies of keys behind
  for (const ticket_key& source : sources) {
    if (source.is_path()) {
      const key_file file(source.data());
      keys->push_back(taken_apart(file.data(), file.size(), '"' + source.data() + "\": "));
    } else {
      const std::string whose = "key " + std::to_string(keys->size() + 1) + ", in memory: ";
      keys->push_back(taken_apart(source.data().data(), source.data().size(), whose));
    }
  }
  return keys;
}

// The keys of a context. A handshake uses the list that is current when it begins.
class key_ring {
 public:
  explicit key_ring(std::shared_ptr<const key_list> keys) : keys_(std::move(keys)) {}

  std::shared_ptr<const key_list> keys() const {
    const std::lock_guard<std::mutex> l(mutex_.get().mutex);
    return keys_;
  }

  void replace(std::shared_ptr<const key_list> keys) {
    const std::lock_guard<std::mutex> l(mutex_.get().mutex);
    keys_.swap(keys);
  }

 private:
  mutable fork_mutex mutex_;
  std::shared_ptr<const key_list> keys_;
};

bool set_mac(EVP_MAC_CTX* context, const key& k) {
  std::array<char, 7> digest{"SHA256"};
  const std::array params{OSSL_PARAM_construct_octet_string(
                              OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(k.mac.data()), k.size),
                          OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                          OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(context, params.data()) == 1;
}

bool set_cipher(EVP_CIPHER_CTX* context, const key& k, const unsigned char* iv, int encrypt) {
  const EVP_CIPHER* const aes = k.size == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
  return EVP_CipherInit_ex(context, aes, nullptr, k.cipher.data(), iv, encrypt) == 1;
}

constexpr int failed = -1;
constexpr int unknown = 0;
constexpr int good = 1;
constexpr int good_but_to_be_renewed = 2;

int encrypt_ticket(const key& k, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                   EVP_MAC_CTX* mac) {
  std::copy(k.name.begin(), k.name.end(), name);
  if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return failed;
  return set_cipher(cipher, k, iv, 1) && set_mac(mac, k) ? good : failed;
}

int decrypt_ticket(const key_list& keys, bool renew, const unsigned char* name,
                   const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  const auto found = std::find_if(keys.begin(), keys.end(), [name](const key& k) {
    return std::equal(k.name.begin(), k.name.end(), name);
  });
  if (found == keys.end()) return unknown;
  if (!set_cipher(cipher, *found, iv, 0) || !set_mac(mac, *found)) return failed;
  return renew || found != keys.begin() ? good_but_to_be_renewed : good;
}

// A client of TLS 1.3 uses each ticket once, so it needs a new one each time.
extern "C" int use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv,
                              EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int encrypt) noexcept {
  try {
    const key_ring* const ring = ctx_ex_data<key_ring>::get(ssl);
    if (ring == nullptr) return failed;
    const auto keys = ring->keys();
    if (encrypt != 0) return encrypt_ticket(keys->front(), name, iv, cipher, mac);
    return decrypt_ticket(*keys, SSL_version(ssl) == TLS1_3_VERSION, name, iv, cipher, mac);
  } catch (const std::exception&) {  // no memory for the first look in a forked process
    return failed;
  }
}

}  // namespace

void apply_ticket_keys(SSL_CTX* ctx, const std::vector<ticket_key>& keys) {
  ctx_ex_data<key_ring>::put(ctx, std::make_unique<key_ring>(read_keys(keys)));
  if (SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, use_ticket_key) != 1) {
    refuse_keys("OpenSSL does not accept keys", ssl_errc::bad_configuration);
  }
}

void replace_ticket_keys(SSL_CTX* ctx, const std::vector<ticket_key>& keys) {
  key_ring* const ring = ctx_ex_data<key_ring>::get(ctx);
  if (ring == nullptr) {
    refuse_keys("the context was made without keys", ssl_errc::bad_configuration);
  }
  ring->replace(read_keys(keys));
}

}  // namespace detail
}  // namespace iostls
