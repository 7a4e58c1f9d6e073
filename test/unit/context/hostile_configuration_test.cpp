// SPDX-License-Identifier: Apache-2.0
// The system's openssl.cnf and environment may say anything. The tests of suite `effective` hold
// whatever they say: suite `hostile` runs them again, in a process with the worst that we know.
#include <cstdlib>
#include <memory>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <iostls/ssl_context.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "process.hpp"

namespace iostls {
namespace test {
namespace {

constexpr char marker[] = "IOSTLS_TEST_HOSTILE";

bool in_hostile_process() { return std::getenv(marker) != nullptr; }

ssl_context server() { return ssl_context::server(server_options()); }
ssl_context client() { return ssl_context::client(client_options()); }
SSL_CTX* native(const ssl_context& context) { return context.state()->get(); }

// If the configuration had no effect, the other tests here would show nothing.
TEST(effective, contexts_of_others_are_weak_where_the_configuration_is_hostile) {
  if (!in_hostile_process() && std::getenv("OPENSSL_CONF") != nullptr) {
    GTEST_SKIP() << "the surroundings have a configuration of their own";
  }
  const detail::ssl_ctx_ptr plain(SSL_CTX_new(TLS_client_method()));
  const auto options = SSL_CTX_get_options(plain.get());
  const auto weak = SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT |
                    SSL_OP_NO_EXTENDED_MASTER_SECRET | SSL_OP_NO_TLSv1_3;
  EXPECT_EQ(options & weak, in_hostile_process() ? weak : 0) << std::hex << options;
  EXPECT_EQ(SSL_CTX_get_security_level(plain.get()) == 0, in_hostile_process());
  EXPECT_EQ(SSL_CTX_get_min_proto_version(plain.get()) == TLS1_VERSION, in_hostile_process());
}

TEST(effective, options_are_ours) {
  // Without compressed certificates, whose two bits have names since OpenSSL 3.2.
  const std::uint64_t fixed = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                              SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_ENABLE_MIDDLEBOX_COMPAT |
                              std::uint64_t{3} << 32;
  EXPECT_EQ(SSL_CTX_get_options(native(server())), fixed);
  EXPECT_EQ(SSL_CTX_get_options(native(client())), fixed);
}

TEST(effective, certificates_meet_no_further_demands) {
  EXPECT_EQ(SSL_CTX_set_cert_flags(native(server()), 0), 0);
  EXPECT_EQ(SSL_CTX_set_cert_flags(native(client()), 0), 0);
}

TEST(effective, protocols_and_security_level_are_ours) {
  for (const ssl_context& context : {server(), client()}) {
    EXPECT_EQ(SSL_CTX_get_min_proto_version(native(context)), TLS1_2_VERSION);
    EXPECT_EQ(SSL_CTX_get_max_proto_version(native(context)), TLS1_3_VERSION);
    EXPECT_EQ(SSL_CTX_get_security_level(native(context)), 2);
  }
}

TEST(effective, verification_is_ours) {
  EXPECT_EQ(SSL_CTX_get_verify_mode(native(server())), SSL_VERIFY_NONE);
  EXPECT_EQ(SSL_CTX_get_verify_mode(native(client())), SSL_VERIFY_PEER);
  for (const ssl_context& context : {server(), client()}) {
    X509_VERIFY_PARAM* const param = SSL_CTX_get0_param(native(context));
    EXPECT_NE(X509_VERIFY_PARAM_get_flags(param) & X509_V_FLAG_TRUSTED_FIRST, 0U);
    EXPECT_EQ(X509_VERIFY_PARAM_get_flags(param) & X509_V_FLAG_PARTIAL_CHAIN, 0U);
    EXPECT_EQ(X509_VERIFY_PARAM_get_hostflags(param),
              static_cast<unsigned>(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS));
  }
}

TEST(effective, sessions_and_early_data_are_ours) {
  for (const ssl_context& context : {server(), client()}) {
    EXPECT_EQ(SSL_CTX_get_session_cache_mode(native(context)), SSL_SESS_CACHE_OFF);
    EXPECT_EQ(SSL_CTX_get_max_early_data(native(context)), 0U);
    EXPECT_EQ(SSL_CTX_get_recv_max_early_data(native(context)), 65536U);
    EXPECT_EQ(SSL_CTX_get_num_tickets(native(context)), 2U);
    EXPECT_EQ(SSL_CTX_get_keylog_callback(native(context)), nullptr);
  }
}

TEST(effective, buffers_are_set_up_for_streams) {
  for (const ssl_context& context : {server(), client()}) {
    const long wanted = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN;
    EXPECT_EQ(SSL_CTX_get_mode(native(context)) & wanted, wanted);
    EXPECT_EQ(SSL_CTX_get_read_ahead(native(context)), 0);
  }
}

TEST(effective, handshake_is_of_the_best_kind) {
  memory_handshake h(server(), client());
  ASSERT_TRUE(h.run());
  EXPECT_STREQ(SSL_get_version(h.client()), "TLSv1.3");
  EXPECT_STREQ(SSL_get_cipher(h.client()), "TLS_AES_256_GCM_SHA384");
  int digest = 0;
  EXPECT_EQ(SSL_get_peer_signature_nid(h.client(), &digest), 1);
  EXPECT_EQ(digest, NID_sha256);
  const int group = static_cast<int>(SSL_get_negotiated_group(h.client()));
  const std::string name = SSL_group_to_name(h.client(), group);
  EXPECT_TRUE(name == "x25519" || name == "X25519MLKEM768") << name;
}

TEST(effective, ciphers_of_tls1_2_are_ours) {
  memory_handshake h(ssl_context::server(server_options(tls_version::tls1_2)), client());
  ASSERT_TRUE(h.run());
  EXPECT_STREQ(SSL_get_cipher(h.client()), "ECDHE-ECDSA-AES256-GCM-SHA384");
}

TEST(effective, old_clients_are_refused) {
  context_options old = client_options();
  old.method = tls_method{tls_version::tls1_0, tls_version::tls1_1};
  old.ciphers = "ALL:@SECLEVEL=0";
  memory_handshake h(server(), ssl_context::client(old));
  EXPECT_FALSE(h.run());
}

TEST(effective, clients_do_not_authenticate_after_the_handshake) {
  memory_handshake h(server(), client());
  ASSERT_TRUE(h.run());
  SSL_set_verify(h.server(), SSL_VERIFY_PEER, nullptr);
  EXPECT_EQ(SSL_verify_client_post_handshake(h.server()), 0);
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_error()), SSL_R_EXTENSION_NOT_RECEIVED);
  ERR_clear_error();
}

// What one end has written of one byte of data.
std::size_t size_of_record(SSL* ssl, SSL* peer) {
  std::size_t n = 0;
  EXPECT_EQ(SSL_write_ex(ssl, "x", 1, &n), 1);
  return BIO_ctrl_pending(SSL_get_rbio(peer));
}

TEST(effective, records_are_not_padded) {
  for (const tls_version version : {tls_version::tls1_2, tls_version::tls1_3}) {
    memory_handshake h(ssl_context::server(server_options(version)), client());
    ASSERT_TRUE(h.run());
    // Header, number (1.2) or type (1.3), data, and tag.
    const std::size_t size = version == tls_version::tls1_2 ? 5 + 8 + 1 + 16 : 5 + 1 + 1 + 16;
    EXPECT_EQ(size_of_record(h.server(), h.client()), size);
    EXPECT_EQ(size_of_record(h.client(), h.server()), size);
  }
}

// The newest options are the last ones: OpenSSL ends reading the list at one that it does not know.
const char hostile_cnf[] = R"(openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = weak
[weak]
MinProtocol = TLSv1
MaxProtocol = TLSv1.2
CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
Ciphersuites = TLS_AES_128_CCM_8_SHA256
Groups = P-521
SignatureAlgorithms = ECDSA+SHA1:RSA+SHA1
ClientSignatureAlgorithms = ECDSA+SHA1
VerifyMode = Request
RecordPadding = 4096
NumTickets = 7
Options = UnsafeLegacyRenegotiation,UnsafeLegacyServerConnect,ClientRenegotiation,Compression,KTLS,Bugs,AllowNoDHEKEX,-EncryptThenMac,-ExtendedMasterSecret,-CANames,-MiddleboxCompat,-AntiReplay,-SessionTicket,PrioritizeChaCha,StrictCertCheck,IgnoreUnexpectedEOF,KTLSTxZerocopySendfile,PreferNoDHEKEX,LegacyECPointFormats
Protocol = -TLSv1.3
)";

// With a number before its name, a command may be there twice. This one lets OpenSSL take Suite B's ciphers
// and curves alone, whatever else is asked for.
const char suite_b[] = "2.CipherString = SUITEB128\n";

// All commands of SSL_CONF_cmd(3), up to OpenSSL 4.0.
const char* const commands[] = {"CipherString",
                                "Ciphersuites",
                                "Protocol",
                                "MinProtocol",
                                "MaxProtocol",
                                "Options",
                                "VerifyMode",
                                "Certificate",
                                "PrivateKey",
                                "ServerInfoFile",
                                "ChainCAPath",
                                "ChainCAFile",
                                "VerifyCAPath",
                                "VerifyCAFile",
                                "VerifyCAStore",
                                "ChainCAStore",
                                "RequestCAFile",
                                "ClientCAFile",
                                "RequestCAPath",
                                "ClientCAPath",
                                "RequestCAStore",
                                "ClientCAStore",
                                "DHParameters",
                                "RecordPadding",
                                "NumTickets",
                                "SignatureAlgorithms",
                                "ClientSignatureAlgorithms",
                                "Groups",
                                "Curves",
                                "ECDHParameters"};

// "Curves" and "ECDHParameters" are old names of "Groups".
bool is_old_name(const std::string& command) {
  return command == "Curves" || command == "ECDHParameters";
}

// Whether a system-wide configuration may have the command: it can name no files of certificates.
bool is_system_wide(const char* command) {
  const std::unique_ptr<SSL_CONF_CTX, decltype(&SSL_CONF_CTX_free)> conf(SSL_CONF_CTX_new(),
                                                                         SSL_CONF_CTX_free);
  SSL_CONF_CTX_set_flags(conf.get(),
                         SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER);
  return SSL_CONF_cmd_value_type(conf.get(), command) != SSL_CONF_TYPE_UNKNOWN;
}

TEST(hostile_configuration, has_every_command_that_it_may_have) {
  for (const char* const command : commands) {
    if (!is_system_wide(command) || is_old_name(command)) continue;
    const std::string line = std::string("\n") + command + " = ";
    EXPECT_NE(std::string(hostile_cnf).find(line), std::string::npos) << command;
  }
  if (OPENSSL_VERSION_NUMBER >= 0x40100000L) {
    GTEST_SKIP() << "nobody has looked through SSL_CONF_cmd(3) of this OpenSSL for new commands";
  }
}

constexpr int not_started = 126;

// Runs the other suite in a fresh process: OpenSSL reads its configuration once in a process.
child_result run_effective_tests(const std::string& cnf, const std::string& key_log) {
  return run_in_child([&] {
    ::setenv(marker, "1", 1);
    ::setenv("OPENSSL_CONF", cnf.c_str(), 1);
    ::setenv("SSLKEYLOGFILE", key_log.c_str(), 1);
    ::execl(own_program().c_str(), "hostile", "--gtest_filter=effective.*",
            static_cast<char*>(nullptr));
    return not_started;
  });
}

class hostile : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string cnf = hostile_cnf + std::string(GetParam());
    result_ = run_effective_tests(dir_.write("openssl.cnf", cnf), keys_);
    if (result_ == child_result{not_started, 0}) {
      GTEST_SKIP() << "a program cannot start itself here, as if it is emulated";
    }
  }

  const temp_dir dir_;
  const std::string keys_ = dir_ / "keys";
  child_result result_{};
};

TEST_P(hostile, configuration_changes_nothing) { EXPECT_EQ(result_, (child_result{0, 0})); }

TEST_P(hostile, environment_has_no_keys_logged) {
  EXPECT_EQ(result_, (child_result{0, 0}));
  EXPECT_NE(::access(keys_.c_str(), F_OK), 0);
}

INSTANTIATE_TEST_SUITE_P(configurations, hostile, testing::Values("", suite_b),
                         [](const auto& each) { return each.index == 0 ? "weak" : "suite_b"; });

}  // namespace
}  // namespace test
}  // namespace iostls
