// SPDX-License-Identifier: Apache-2.0
// Policies: policies.txt has what each contains, and what becomes of it.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <iostls/iostls.hpp>
#include <iostls/policy.hpp>

#include "algorithms.hpp"
#include "descriptor.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "task.hpp"
#include "thrown.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {
namespace {

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& each : list) text += ' ' + each;
  return text + '\n';
}

std::string contents(const std::string& name) {
  connection_options o;
  tls_policy::of(name).fill(o);
  return "== policy " + name + "\nmethod " + to_string(o.method.value().min) + ' ' +
         to_string(o.method.value().max) + "\nciphers " + o.ciphers.value() + "\nciphersuites " +
         o.ciphersuites.value() + "\ngroups" + joined(o.groups.value()) + "signature_algorithms" +
         joined(o.signature_algorithms.value()) + "prefer_server_cipher_order " +
         (o.prefer_server_cipher_order.value() ? "true" : "false") + '\n';
}

std::string result(const std::string& name) {
  context_options server = server_options(), client = client_options();
  tls_policy::of(name).fill(server);
  tls_policy::of(name).fill(client);
  return effective_configuration(ssl_context::server(server)) +
         effective_configuration(ssl_context::client(client));
}

// Without the lines for other versions of OpenSSL, and without comments.
std::string expected() {
  std::ifstream file(IOSTLS_POLICIES_FILE);
  const bool is_new = OpenSSL_version_num() >= 0x30500000L;
  const std::string mine = is_new ? "[OpenSSL >= 3.5] " : "[OpenSSL < 3.5] ";
  std::string text;
  for (std::string line; getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line.compare(0, mine.size(), mine) == 0) line.erase(0, mine.size());
    if (line[0] != '[') text += line + '\n';
  }
  return text;
}

class policies : public testing::Test {
 protected:
  void SetUp() override {
    if (lacks("ChaCha20-Poly1305") || lacks("X25519")) GTEST_SKIP() << "not with FIPS alone";
  }
};

TEST_F(policies, are_what_the_file_has) {
  std::string text;
  for (const std::string& name : tls_policy::names()) text += contents(name) + result(name);
  EXPECT_EQ(text, expected());
}

// Until the defaults move on.
TEST_F(policies, of_2026_12_are_the_defaults) {
  EXPECT_EQ(result("2026-12"), effective_configuration(ssl_context::server(server_options())) +
                                   effective_configuration(ssl_context::client(client_options())));
}

TEST_F(policies, fill_only_their_own_options_and_what_is_set_later_applies) {
  context_options o = server_options();
  o.ciphers = "ECDHE+CHACHA20";
  o.alpn = std::vector<std::string>{"h2"};
  tls_policy::of("modern").fill(o);
  EXPECT_EQ(o.alpn.value(), std::vector<std::string>{"h2"});
  EXPECT_NE(o.ciphers.value(), "ECDHE+CHACHA20");
  o.groups = std::vector<std::string>{"secp384r1"};
  EXPECT_NE(effective_configuration(ssl_context::server(o)).find("groups: secp384r1\n"),
            std::string::npos);
}

TEST_F(policies, decide_who_is_served) {
  for (const std::string& name : tls_policy::names()) {
    context_options o = server_options();
    tls_policy::of(name).fill(o);
    const ssl_context server = ssl_context::server(o);
    server.reload();
    for (const tls_version version : {tls_version::tls1_2, tls_version::tls1_3}) {
      descriptor_pair pair = tcp_pair();
      bool served = false;
      task client([&] {
        tls_peer peer(std::move(pair.a), client_peer(version));
        served = peer.handshake() && peer.read_line() == "welcome";
      });
      ssl_server_stream s(pair.b.release(), server);
      s << "welcome\n" << std::flush;
      s.close();
      client.join();
      EXPECT_EQ(served, name != "modern" || version == tls_version::tls1_3) << name;
    }
  }
}

TEST_F(policies, resume_their_sessions) {
  context_options server = server_options(), client = client_options();
  tls_policy::of("intermediate").fill(server);
  tls_policy::of("intermediate").fill(client);
  const ssl_context at_server = ssl_context::server(server);
  const ssl_context at_client = ssl_context::client(client);
  memory_handshake first(at_server, at_client);
  ASSERT_TRUE(first.run());
  memory_handshake second(at_server, at_client);
  SSL_set_session(second.client(), first.session().get());
  ASSERT_TRUE(second.run());
  EXPECT_EQ(SSL_session_reused(second.server()), 1);
}

TEST(policy, that_there_is_none_of_is_refused_with_all_names) {
  for (const char* const name : {"2025-01", "", "Modern"}) {
    const ssl_error e = thrown_by([&] { tls_policy::of(name); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), "tls_policy");
    EXPECT_TRUE(mentions(e, "there are 2026-12, intermediate, modern")) << e.what();
  }
  EXPECT_EQ(tls_policy::of("modern").name(), "modern");
}

TEST(effective_configuration_of_a_context, has_what_commands_change) {
  context_options o = client_options();
  o.verify = verify_mode::optional;
  o.openssl_commands = {{"Options", "-EncryptThenMac"}};
  const std::string text = effective_configuration(ssl_context::client(o));
  EXPECT_NE(text.find("OpenSSL command: Options -EncryptThenMac\n"), std::string::npos) << text;
  EXPECT_NE(text.find("certificate of the peer: optional\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace test
}  // namespace iostls
