// SPDX-License-Identifier: Apache-2.0
// Session tickets of servers: under which keys, and who takes them.
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <iostls/ssl_context.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "process.hpp"
#include "seeded_ticket_key.hpp"
#include "sweep_size.hpp"
#include "task.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

std::string ticket_of(const memory_handshake& h) {
  const session_ptr session = h.session();
  const unsigned char* ticket = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket(session.get(), &ticket, &size);
  return {reinterpret_cast<const char*>(ticket), size};
}

std::string name_of_key(const std::string& ticket) { return ticket.substr(0, 16); }

class tickets : public testing::TestWithParam<tls_version> {
 protected:
  static constexpr char old_seed = 'a';
  static constexpr char new_seed = 'b';

  tickets() : server_(server_options(GetParam())), client_(client_options()) {
    server_.ca_certificates = pem_text(test_authority().certificate());
    server_.verify = verify_mode::optional;
    server_.ticket_keys = {key(old_seed)};
    client_.certificate = pem_text(localhost().certificate);
    client_.key = pem_text(localhost().key);
  }

  // A first visit, made to `at`.
  memory_handshake visited(const ssl_context& at) {
    memory_handshake h(at, ssl_context::client(client_));
    EXPECT_TRUE(h.run());
    EXPECT_EQ(SSL_session_reused(h.server()), 0);
    return h;
  }

  // Comes back, to `at`, with the session of an earlier visit.
  memory_handshake back(const memory_handshake& earlier, const ssl_context& at) {
    memory_handshake h(at, ssl_context::client(client_));
    SSL_set_session(h.client(), earlier.session().get());
    EXPECT_TRUE(h.run());
    EXPECT_EQ(SSL_session_reused(h.client()), SSL_session_reused(h.server()));
    return h;
  }

  bool resumes(const memory_handshake& earlier, const ssl_context& at) {
    return SSL_session_reused(back(earlier, at).server()) == 1;
  }

  // Whether a server of the changed options resumes what one of the first options has begun.
  template <class Change>
  bool resumes_after(Change change) {
    const memory_handshake first = visited(ssl_context::server(server_));
    change();
    return resumes(first, ssl_context::server(server_));
  }

  context_options server_, client_;
};

INSTANTIATE_TEST_SUITE_P(versions, tickets,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(tickets, of_one_server_are_taken_by_another_with_its_keys) {
  EXPECT_TRUE(resumes_after([] {}));
}

TEST_P(tickets, of_other_keys_mean_a_full_handshake) {
  EXPECT_FALSE(resumes_after([&] { server_.ticket_keys = {key(new_seed)}; }));
}

TEST_P(tickets, of_an_old_key_are_taken_and_replaced) {
  const ssl_context server = ssl_context::server(server_);
  const memory_handshake first = visited(server);
  EXPECT_EQ(name_of_key(ticket_of(first)), key_bytes(old_seed).substr(0, 16));
  server.set_ticket_keys({key(new_seed), key(old_seed)});
  const memory_handshake second = back(first, server);
  EXPECT_EQ(SSL_session_reused(second.server()), 1);
  EXPECT_EQ(name_of_key(ticket_of(second)), key_bytes(new_seed).substr(0, 16));
  server.set_ticket_keys({key(new_seed)});
  EXPECT_TRUE(resumes(second, server));
  EXPECT_FALSE(resumes(first, server));
}

TEST_P(tickets, of_the_current_key_are_replaced_where_they_are_used_once) {
  const ssl_context server = ssl_context::server(server_);
  const memory_handshake first = visited(server);
  const memory_handshake second = back(first, server);
  EXPECT_EQ(ticket_of(first) == ticket_of(second), GetParam() == tls_version::tls1_2);
}

TEST_P(tickets, survive_new_keys_in_copies_of_a_context) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_context copy = server;
  copy.set_ticket_keys({key(new_seed)});
  EXPECT_EQ(name_of_key(ticket_of(visited(server))), key_bytes(new_seed).substr(0, 16));
}

TEST_P(tickets, come_from_files_that_are_read_anew) {
  const temp_dir dir;
  const std::string path = dir.write("ticket.key", key_bytes(old_seed, 48));
  server_.ticket_keys = {path};
  const ssl_context server = ssl_context::server(server_);
  EXPECT_EQ(name_of_key(ticket_of(visited(server))), key_bytes(old_seed).substr(0, 16));
  dir.write("ticket.key", key_bytes(new_seed, 80));
  server.set_ticket_keys({path});
  EXPECT_EQ(name_of_key(ticket_of(visited(server))), key_bytes(new_seed).substr(0, 16));
}

TEST_P(tickets, come_from_files_that_a_reload_reads_anew) {
  const temp_dir dir;
  server_.ticket_keys = {dir.write("new.key", key_bytes(old_seed)),
                         dir.write("old.key", key_bytes('c'))};
  const ssl_context server = ssl_context::server(server_);
  const memory_handshake first = visited(server);
  dir.write("old.key", key_bytes(old_seed));
  dir.write("new.key", key_bytes(new_seed));
  server.reload();
  EXPECT_TRUE(resumes(first, server));
  EXPECT_EQ(name_of_key(ticket_of(visited(server))), key_bytes(new_seed).substr(0, 16));
  dir.write("new.key", "too short");
  EXPECT_EQ(thrown_by([&] { server.reload(); }).operation(), "ticket_keys");
  EXPECT_TRUE(resumes(first, server));
}

TEST_P(tickets, keep_new_keys_through_a_reload) {
  const ssl_context server = ssl_context::server(server_);
  server.set_ticket_keys({key(new_seed), key(old_seed)});
  const memory_handshake first = visited(server);
  server.reload();
  EXPECT_EQ(name_of_key(ticket_of(first)), key_bytes(new_seed).substr(0, 16));
  EXPECT_TRUE(resumes(first, server));
}

TEST_P(tickets, are_not_taken_where_more_is_looked_up_in_revocation_lists) {
  server_.crl_file = pem_text(test_authority().crl());
  EXPECT_FALSE(resumes_after([&] { server_.crl_check = crl_check_mode::chain; }));
}

TEST_P(tickets, keep_the_old_keys_if_the_new_ones_are_wrong) {
  const ssl_context server = ssl_context::server(server_);
  const memory_handshake first = visited(server);
  EXPECT_THROW(server.set_ticket_keys({key(new_seed), key('c', 47)}), ssl_error);
  EXPECT_THROW(server.set_ticket_keys({}), ssl_error);
  EXPECT_TRUE(resumes(first, server));
}

TEST_P(tickets, are_not_taken_under_another_verify_mode) {
  EXPECT_FALSE(resumes_after([&] { server_.verify = verify_mode::required; }));
}

TEST_P(tickets, are_not_taken_where_others_are_trusted) {
  EXPECT_FALSE(resumes_after([&] {
    server_.ca_certificates =
        pem_text(test_authority().certificate() + authority("Other").certificate());
  }));
}

TEST_P(tickets, are_not_taken_where_a_folder_of_others_is_trusted) {
  const temp_dir dir;
  server_.ca_directory = dir.path();
  EXPECT_FALSE(resumes_after([&] { dir.write("0a1b2c3d.0", authority("Other").certificate()); }));
  EXPECT_TRUE(resumes_after([&] { dir.write("README", "no certificate"); }));
}

TEST_P(tickets, are_not_taken_where_the_system_trusts_others) {
  const temp_dir dir;
  const std::string file = dir.write("system.pem", authority("System").certificate());
  const child_result r = run_in_child([&] {
    ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    ::setenv("SSL_CERT_DIR", dir.path().c_str(), 1);
    if (resumes_after([&] { server_.system_trust = true; })) return 1;
    if (!resumes_after([] {})) return 2;
    const auto add = [&] { dir.write("0a1b2c3d.0", authority("Other").certificate()); };
    return resumes_after(add) ? 3 : 0;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

TEST_P(tickets, are_taken_where_the_same_are_trusted_by_another_way) {
  const temp_dir dir;
  const std::string one = authority("One").certificate();
  server_.ca_certificates = pem_text(test_authority().certificate() + one);
  EXPECT_TRUE(resumes_after([&] {
    server_.ca_certificates = pem_text();
    server_.ca_file = dir.write("ca.pem", one + test_authority().certificate());
  }));
}

TEST_P(tickets, are_not_taken_after_a_new_revocation_list) {
  server_.crl_file = pem_text(test_authority().crl());
  EXPECT_FALSE(resumes_after([&] {
    server_.crl_file = pem_text(test_authority().crl({authority("Another").leaf().certificate}));
  }));
}

TEST_P(tickets, are_not_taken_under_another_server_name) {
  const ssl_context server = ssl_context::server(server_);
  const memory_handshake first = visited(server);
  client_.server_name = "LocalHost";
  EXPECT_TRUE(resumes(first, server));
  client_.verify = verify_mode::none;
  client_.server_name = "other.example";
  EXPECT_FALSE(resumes(first, server));
  client_.server_name = "";
  EXPECT_FALSE(resumes(first, server));
}

TEST_P(tickets, are_not_taken_when_the_clients_certificate_has_expired) {
  const ssl_context server = ssl_context::server(server_);
  const memory_handshake first = visited(server);
  memory_handshake later(server, ssl_context::client(client_));
  X509_VERIFY_PARAM_set_time(SSL_get0_param(later.server()), std::time(nullptr) + 48 * 3600);
  SSL_set_session(later.client(), first.session().get());
  EXPECT_FALSE(later.run());
  EXPECT_EQ(later.server_verdict(), X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_P(tickets, of_a_lax_server_do_not_open_a_strict_one) {
  server_.verify = verify_mode::none;
  client_.certificate = {};
  client_.key = {};
  const memory_handshake first = visited(ssl_context::server(server_));
  server_.verify = verify_mode::required;
  memory_handshake second(ssl_context::server(server_), ssl_context::client(client_));
  SSL_set_session(second.client(), first.session().get());
  EXPECT_FALSE(second.run());
  EXPECT_EQ(second.server_failure(), SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE);
}

TEST_P(tickets, can_be_turned_off) {
  server_.ticket_keys.clear();
  server_.session_tickets = false;
  const ssl_context server = ssl_context::server(server_);
  const memory_handshake first = visited(server);
  EXPECT_EQ(ticket_of(first), "");
  EXPECT_FALSE(resumes(first, server));
}

TEST_P(tickets, are_made_and_taken_while_keys_change) {
  const ssl_context server = ssl_context::server(server_);
  std::atomic<bool> done{false};
  task rotation([&] {
    for (char seed = 'b'; !done; seed = seed == 'z' ? 'a' : static_cast<char>(seed + 1)) {
      server.set_ticket_keys({key(seed), key(old_seed)});
    }
  });
  const auto come_and_go = [&] {
    for (std::uint64_t i = 0; i < 50; i += sweep_step()) visited(server);
  };
  {
    task one(come_and_go);
    task two(come_and_go);
  }
  done = true;
}

// What an encrypted ticket is made of: name, initialisation vector, text, HMAC-SHA256 of all that.
void expect_opened(const std::string& ticket, const std::string& cipher_key,
                   const std::string& mac_key) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(ticket.data());
  const std::size_t text_size = ticket.size() - 16 - 16 - 32;
  std::array<unsigned char, 32> mac{};
  HMAC(EVP_sha256(), mac_key.data(), static_cast<int>(mac_key.size()), bytes, ticket.size() - 32,
       mac.data(), nullptr);
  EXPECT_EQ(std::string(mac.begin(), mac.end()), ticket.substr(ticket.size() - 32));

  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> c(EVP_CIPHER_CTX_new(),
                                                                          EVP_CIPHER_CTX_free);
  EVP_DecryptInit_ex(c.get(), cipher_key.size() == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc(),
                     nullptr, reinterpret_cast<const unsigned char*>(cipher_key.data()),
                     bytes + 16);
  std::vector<unsigned char> text(text_size + 16);
  int size = 0;
  int more = 0;
  EVP_DecryptUpdate(c.get(), text.data(), &size, bytes + 32, static_cast<int>(text_size));
  ASSERT_EQ(EVP_DecryptFinal_ex(c.get(), text.data() + size, &more), 1);
  const unsigned char* at = text.data();
  const session_ptr session(d2i_SSL_SESSION(nullptr, &at, size + more));
  EXPECT_NE(session, nullptr);
}

TEST_P(tickets, are_encrypted_as_nginx_does) {
  const std::string long_key = key_bytes('k', 80);
  server_.ticket_keys = {ticket_key::from_bytes(long_key)};
  expect_opened(ticket_of(visited(ssl_context::server(server_))), long_key.substr(48),
                long_key.substr(16, 32));
  const std::string short_key = key_bytes('s', 48);
  server_.ticket_keys = {ticket_key::from_bytes(short_key)};
  expect_opened(ticket_of(visited(ssl_context::server(server_))), short_key.substr(16, 16),
                short_key.substr(32));
}

}  // namespace
}  // namespace test
}  // namespace iostls
