// SPDX-License-Identifier: Apache-2.0
// OpenSSL may have less than our defaults name: FIPS' provider has no ChaCha20, and none of the curves
// 25519 and 448. Here a provider takes the place of the default one, and passes on all but these.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/core_dispatch.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

bool is_absent(const std::string& name) {
  const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
  const std::array<const char*, 6> absent{"ChaCha20", "25519", "X448",
                                          "ED448",    "Ed448", "PKCS12KDF"};
  return std::any_of(absent.begin(), absent.end(), has);
}

// OpenSSL's default provider, in a library context of its own.
OSSL_LIB_CTX* whole_context() {
  static OSSL_LIB_CTX* const context = OSSL_LIB_CTX_new();
  return context;
}
OSSL_PROVIDER* whole() {
  static OSSL_PROVIDER* const provider = OSSL_PROVIDER_load(whole_context(), "default");
  return provider;
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_store) {
  static std::map<int, std::vector<OSSL_ALGORITHM>> lists;
  const OSSL_ALGORITHM* all = OSSL_PROVIDER_query_operation(whole(), operation, no_store);
  std::vector<OSSL_ALGORITHM>& list = lists[operation];
  if (all == nullptr || !list.empty()) return all == nullptr ? nullptr : list.data();
  for (; all->algorithm_names != nullptr; ++all) {
    if (!is_absent(all->algorithm_names)) list.push_back(*all);
  }
  list.push_back(*all);
  return list.data();
}

struct listener {
  OSSL_CALLBACK* tell;
  void* with;
};

int pass_on(const OSSL_PARAM* capability, void* to) {
  const auto& l = *static_cast<const listener*>(to);
  const OSSL_PARAM* const name = OSSL_PARAM_locate_const(capability, "tls-group-alg");
  const char* text = nullptr;
  if (name != nullptr && OSSL_PARAM_get_utf8_string_ptr(name, &text) == 1 && is_absent(text)) {
    return 1;
  }
  return l.tell(capability, l.with);
}

int capabilities(void*, const char* name, OSSL_CALLBACK* tell, void* with) {
  listener l{tell, with};
  return OSSL_PROVIDER_get_capabilities(whole(), name, pass_on, &l);
}

template <class F>
OSSL_DISPATCH entry(int number, F* function) {
  return {number, reinterpret_cast<void (*)(void)>(function)};
}

int begin_provider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions,
                   void** context) {
  static const OSSL_DISPATCH own[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
                                      entry(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, capabilities),
                                      {0, nullptr}};
  *functions = own;
  *context = OSSL_PROVIDER_get0_provider_ctx(whole());
  return 1;
}

class loaded_provider {
 public:
  explicit loaded_provider(OSSL_LIB_CTX* context) {
    if (OSSL_PROVIDER_add_builtin(context, "fewer", begin_provider) == 1) {
      provider_ = OSSL_PROVIDER_load(context, "fewer");
    }
  }
  loaded_provider(const loaded_provider&) = delete;
  loaded_provider& operator=(const loaded_provider&) = delete;
  ~loaded_provider() { OSSL_PROVIDER_unload(provider_); }
  explicit operator bool() const noexcept { return provider_ != nullptr; }

 private:
  OSSL_PROVIDER* provider_ = nullptr;
};

// A random number generator of OpenSSL 3.5 looks in its own context, the whole one, for the
// provider by whose name it was fetched, and fails if there is none.
const loaded_provider namesake(whole_context());

// Before anything else uses OpenSSL.
const loaded_provider provider(nullptr);

class fewer_algorithms : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(namesake && provider);
    if (!lacks("ChaCha20-Poly1305") || !lacks("ED25519")) {
      GTEST_SKIP() << "OpenSSL's configuration activates other providers";
    }
  }
};

std::vector<std::string> ciphers_of(const ssl_context& context) {
  const detail::ssl_ptr ssl(SSL_new(context.state()->get()));
  STACK_OF(SSL_CIPHER)* const list = SSL_get1_supported_ciphers(ssl.get());
  std::vector<std::string> names;
  for (int i = 0; i < sk_SSL_CIPHER_num(list); ++i) {
    names.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(list, i)));
  }
  sk_SSL_CIPHER_free(list);
  return names;
}

using names = std::vector<std::string>;

TEST_F(fewer_algorithms, shrink_the_default_lists_of_ciphers) {
  const names expected{"TLS_AES_256_GCM_SHA384",        "TLS_AES_128_GCM_SHA256",
                       "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
                       "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"};
  EXPECT_EQ(ciphers_of(ssl_context::client(client_options())), expected);
  EXPECT_EQ(ciphers_of(ssl_context::server(server_options())), expected);
}

void count_hello(int written, int, int type, const void* message, std::size_t, SSL*, void* count) {
  const bool is_hello = type == SSL3_RT_HANDSHAKE &&
                        *static_cast<const unsigned char*>(message) == SSL3_MT_CLIENT_HELLO;
  if (written != 0 && is_hello) ++*static_cast<int*>(count);
}

int hellos(const ssl_context& server, const ssl_context& client) {
  memory_handshake h(server, client);
  int count = 0;
  SSL_set_msg_callback(h.client(), count_hello);
  SSL_set_msg_callback_arg(h.client(), &count);
  EXPECT_TRUE(h.run()) << h.client_failure() << ' ' << h.server_failure();
  return count;
}

TEST_F(fewer_algorithms, are_enough_for_a_handshake_in_one_round) {
  const auto client = ssl_context::client(client_options());
  for (const tls_version version : {tls_version::tls1_2, tls_version::tls1_3}) {
    EXPECT_EQ(hellos(ssl_context::server(server_options(version)), client), 1);
  }
}

// Most servers have none of the groups whose shares come first.
TEST_F(fewer_algorithms, do_not_cost_a_second_hello_of_most_servers) {
  context_options options = server_options(tls_version::tls1_3);
  options.groups = names{"secp256r1"};
  EXPECT_EQ(hellos(ssl_context::server(options), ssl_context::client(client_options())), 1);
}

context_options with_key(context_options options) {
  options.psk = pre_shared_key{"someone", std::string(32, 'k')};
  return options;
}

TEST_F(fewer_algorithms, are_enough_for_pre_shared_keys) {
  const auto server = ssl_context::server(with_key(server_options()));
  const auto client = ssl_context::client(with_key(client_options()));
  EXPECT_EQ(ciphers_of(client).front(), "TLS_AES_128_GCM_SHA256");
  memory_handshake h(server, client);
  ASSERT_TRUE(h.run());
  EXPECT_EQ(SSL_get0_peer_certificate(h.client()), nullptr);
}

TEST_F(fewer_algorithms, are_enough_for_a_server_of_pre_shared_keys_alone) {
  context_options options;
  EXPECT_NO_THROW(ssl_context::server(with_key(options)));
}

TEST_F(fewer_algorithms, are_enough_for_self_signed_certificates) {
  EXPECT_NO_THROW(self_signed_certificate({"localhost"}));
}

// The file of somebody with more algorithms.
std::string pkcs12_file() {
  const auto key = key_from(localhost().key);
  const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> file(
      PKCS12_create_ex("secret", "a name", key.get(),
                       certificate_from(localhost().certificate).get(), nullptr, 0, 0, 0, 0, 0,
                       whole_context(), nullptr),
      PKCS12_free);
  require(file != nullptr, "PKCS12_create_ex");
  return written([&](BIO* bio) { return i2d_PKCS12_bio(bio, file.get()); });
}

TEST_F(fewer_algorithms, are_told_apart_from_a_wrong_password) {
  context_options o;
  o.certificate = pem_text(pkcs12_file());
  o.certificate_password = "secret";
  const ssl_error e = thrown_by([&] { ssl_context::server(o); });
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
  EXPECT_EQ(e.operation(), "certificate");
  EXPECT_TRUE(mentions(e, "compute its MAC")) << e.what();
}

// What somebody has written is not passed over.
template <class F>
void expect_refused(const std::string& option, const std::string& name, F set) {
  for (const bool is_server : {true, false}) {
    context_options o = is_server ? server_options() : client_options();
    set(o);
    const ssl_error e =
        thrown_by([&] { is_server ? ssl_context::server(o) : ssl_context::client(o); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), option);
    EXPECT_TRUE(mentions(e, name)) << e.what();
  }
}

TEST_F(fewer_algorithms, are_an_error_where_the_user_wants_more) {
  expect_refused("ciphersuites", "\"TLS_CHACHA20_POLY1305_SHA256\" is unknown", [](auto& o) {
    o.ciphersuites = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
  });
  expect_refused("ciphers", "\"ECDHE-ECDSA-CHACHA20-POLY1305\" is unknown", [](auto& o) {
    o.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305";
  });
  expect_refused("ciphers", "\"ECDHE+CHACHA20\" selects nothing",
                 [](auto& o) { o.ciphers = "ECDHE+CHACHA20"; });
  expect_refused("groups", "\"X25519\" is unknown", [](auto& o) {
    o.groups = names{"secp256r1", "X25519"};
  });
  expect_refused("signature_algorithms", "\"ed25519\" is unknown", [](auto& o) {
    o.signature_algorithms = names{"ecdsa_secp256r1_sha256", "ed25519"};
  });
}

TEST_F(fewer_algorithms, are_left_out_where_the_user_wants_them_only_if_they_are_there) {
  for (const bool is_server : {true, false}) {
    context_options o = is_server ? server_options() : client_options();
    o.groups = names{"?X25519", "secp256r1"};
    o.signature_algorithms = names{"?ed25519", "?ed448", "ecdsa_secp256r1_sha256"};
    EXPECT_NO_THROW(is_server ? ssl_context::server(o) : ssl_context::client(o));
  }
  expect_refused("groups", "know none of the list", [](auto& o) {
    o.groups = names{"?X25519", "?X448"};
  });
}

}  // namespace
}  // namespace test
}  // namespace iostls
