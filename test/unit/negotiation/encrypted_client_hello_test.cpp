// SPDX-License-Identifier: Apache-2.0
// Clients that encrypt their hello (RFC 9849), and servers of plain OpenSSL that decrypt it, or do not. Before
// OpenSSL 4, the options are refused.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "authority.hpp"
#include "descriptor.hpp"
#include "ech_key.hpp"
#include "fixture.hpp"
#include "pem.hpp"
#include "refused_option.hpp"
#include "task.hpp"
#include "thrown.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {
namespace {

using words = std::vector<std::string>;

constexpr const char* outer = "public.example";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What a server with OpenSSL alone has seen.
struct seen_by_server {
  bool succeeded = false;
  std::string asked;  // SNI, decrypted if it could
  std::string hello;  // as it came
  std::string error;
};

struct meeting {
  std::error_code failed;
  std::string what;
  std::string retry;  // ech_retry_configs()
  connection_info info;
  std::string answer;
  ssl_session session;
  seen_by_server server;
};

void note_hello(int sends, int, int type, const void* data, std::size_t size, SSL*, void* to) {
  const auto* const bytes = static_cast<const char*>(data);
  auto& hello = *static_cast<std::string*>(to);
  const bool is_hello =
      sends == 0 && type == SSL3_RT_HANDSHAKE && size != 0 && bytes[0] == SSL3_MT_CLIENT_HELLO;
  if (is_hello && hello.empty()) hello.assign(bytes, size);
}

const issued& both_names() {
  static const issued instance = [] {
    leaf_options o;
    o.names = {"localhost", outer};
    return test_authority().leaf(o);
  }();
  return instance;
}

class encrypted_client_hello : public testing::Test {
 protected:
  void SetUp() override {
    if (!detail::has_ech) GTEST_SKIP() << "OpenSSL has Encrypted Client Hello since version 4.0";
    key_ = make_ech_key(outer);
    client_.ech_config = key_.list;
    serve(both_names(), &key_);
  }

  // Without a key, the server knows nothing of ECH.
  void serve(const issued& as, const ech_key* key) {
    server_ = server_peer();
    server_.certificate = as.certificate;
    server_.key = as.key;
    context_ = make_peer_context(server_);
    if (key != nullptr) use_ech_key(context_.get(), *key);
    SSL_CTX_set_msg_callback(context_.get(), note_hello);
  }

  seen_by_server answer_one_line(descriptor fd) const {
    seen_by_server seen;
    tls_peer peer(std::move(fd), server_, context_);
    SSL_set_msg_callback_arg(peer.ssl(), &seen.hello);
    seen.succeeded = peer.handshake();
    if (const char* const name = SSL_get_servername(peer.ssl(), TLSEXT_NAMETYPE_host_name))
      seen.asked = name;
    if (seen.succeeded) {
      peer.write(peer.read_line() + "\n");
      peer.sees_close_notify();
    }
    seen.error = peer.error();
    return seen;
  }

  meeting meet(const ssl_context& client, const connection_options& own = {}) const {
    meeting result;
    descriptor_pair pair = socket_pair();
    task serving([&] { result.server = answer_one_line(std::move(pair.a)); });
    ssl_client_stream c(pair.b.get(), client, own);
    pair.b.release();
    try {
      c.do_handshake();
      c << "hello" << std::endl;
      getline(c, result.answer);
      result.info = c.info();
      result.session = c.session();
    } catch (const ssl_error& e) {
      result.failed = e.code();
      result.what = e.what();
      result.retry = e.ech_retry_configs();
    }
    c.close();
    serving.join();
    return result;
  }
  meeting meet() const { return meet(ssl_context::client(client_)); }

  static void expect_hidden(const meeting& m) {
    EXPECT_FALSE(m.failed) << m.what;
    EXPECT_EQ(m.info.ech_status, ech_result::accepted);
    EXPECT_EQ(m.info.server_name, "localhost");
    EXPECT_TRUE(m.info.verified);
    EXPECT_EQ(m.info.protocol, "TLSv1.3");
    EXPECT_EQ(m.answer, "hello");
    EXPECT_EQ(m.server.asked, "localhost");
    EXPECT_TRUE(contains(m.server.hello, outer));
    EXPECT_FALSE(contains(m.server.hello, "localhost"));
  }

  // The handshake ends before the client sends anything else.
  static void expect_rejected(const meeting& m) {
    EXPECT_EQ(m.failed, ssl_errc::ech_rejected) << m.what;
    EXPECT_FALSE(m.server.succeeded);
    EXPECT_TRUE(contains(m.what, outer)) << m.what;
    EXPECT_FALSE(contains(m.server.hello, "localhost"));
  }

  ech_key key_;
  context_options client_ = client_options();
  peer_options server_;
  std::shared_ptr<SSL_CTX> context_;
};

TEST_F(encrypted_client_hello, hides_the_name_that_is_asked_for) { expect_hidden(meet()); }

TEST_F(encrypted_client_hello, takes_its_list_in_binary_and_in_base_64_with_the_end_of_its_line) {
  client_.ech_config = from_base64(key_.list);
  expect_hidden(meet());
  client_.ech_config = key_.list + "\r\n";
  expect_hidden(meet());
}

TEST_F(encrypted_client_hello, survives_the_request_for_another_key_share) {
  require(SSL_CTX_set1_groups_list(context_.get(), "P-384") == 1, "SSL_CTX_set1_groups_list");
  const meeting m = meet();
  expect_hidden(m);
  EXPECT_EQ(m.info.group, "secp384r1");
}

TEST_F(encrypted_client_hello, is_that_of_the_connection_if_it_has_a_list_of_its_own) {
  const ssl_context with = ssl_context::client(client_);
  client_.ech_config.reset();
  const ssl_context without = ssl_context::client(client_);
  connection_options own;
  own.ech_config = key_.list;
  expect_hidden(meet(without, own));
  own.ech_config = "";
  const meeting m = meet(with, own);
  EXPECT_FALSE(m.failed) << m.what;
  EXPECT_EQ(m.info.ech_status, ech_result::not_offered);
  EXPECT_TRUE(contains(m.server.hello, "localhost"));
  expect_hidden(meet(with));
}

TEST_F(encrypted_client_hello, is_used_after_a_reload) {
  const ssl_context client = ssl_context::client(client_);
  client.reload();
  expect_hidden(meet(client));
}

TEST_F(encrypted_client_hello, that_is_rejected_has_what_to_connect_again_with) {
  const ech_key newer = make_ech_key(outer);
  serve(both_names(), &newer);
  const meeting m = meet();
  expect_rejected(m);
  EXPECT_EQ(to_base64(m.retry), newer.list);
  EXPECT_TRUE(contains(m.what, "rejected Encrypted Client Hello: localhost: ")) << m.what;
  EXPECT_TRUE(contains(m.what, "connect again with what ech_retry_configs() returns")) << m.what;
  client_.ech_config = m.retry;
  expect_hidden(meet());
}

TEST_F(encrypted_client_hello, may_be_switched_off_by_a_server_that_has_its_public_name) {
  serve(both_names(), nullptr);
  const meeting m = meet();
  expect_rejected(m);
  EXPECT_EQ(m.retry, "");
  EXPECT_TRUE(contains(m.what, "it has switched ECH off")) << m.what;
  client_.ech_config = m.retry;
  EXPECT_EQ(meet().answer, "hello");
}

TEST_F(encrypted_client_hello, is_not_switched_off_by_another_server) {
  const ech_key newer = make_ech_key(outer);
  for (const ech_key* key : {static_cast<const ech_key*>(nullptr), &newer}) {
    serve(localhost(), key);
    const meeting m = meet();
    EXPECT_EQ(m.failed, ssl_errc::certificate_rejected) << m.what;
    EXPECT_EQ(m.retry, "");
    EXPECT_TRUE(
        contains(m.what, "the server has rejected ech_config, and must be \"public.example\""))
        << m.what;
    EXPECT_TRUE(contains(m.what, "not for \"public.example\"")) << m.what;
    EXPECT_FALSE(m.server.succeeded);
  }
}

TEST_F(encrypted_client_hello,
       is_not_replaced_by_a_server_that_proves_nothing_even_if_nothing_is_verified) {
  const ech_key newer = make_ech_key(outer);
  serve(localhost(), &newer);
  for (const verify_mode mode : {verify_mode::none, verify_mode::optional}) {
    client_.verify = mode;
    const meeting m = meet();
    expect_rejected(m);
    EXPECT_EQ(m.retry, "");
    EXPECT_TRUE(contains(m.what, "has not proved to be")) << m.what;
  }
  serve(both_names(), &newer);
  EXPECT_EQ(to_base64(meet().retry), newer.list);
}

TEST_F(encrypted_client_hello, is_accepted_from_a_server_that_is_not_verified) {
  serve(authority("Stranger").leaf(), &key_);
  client_.verify = verify_mode::none;
  EXPECT_EQ(meet().info.ech_status, ech_result::accepted);
}

TEST_F(encrypted_client_hello, asks_no_rule_for_our_server_about_the_public_one) {
  const ech_key newer = make_ech_key(outer);
  leaf_options o;
  o.names = {outer};
  serve(test_authority().leaf(o), &newer);
  int asked = 0;
  client_.pinned_public_keys =
      words{certificate::from_pem(localhost().certificate).public_key_pin()};
  client_.verify_callback = [&asked](const verify_event&) {
    ++asked;
    return false;
  };
  const meeting m = meet();
  expect_rejected(m);
  EXPECT_EQ(to_base64(m.retry), newer.list);
  EXPECT_EQ(asked, 0);
}

TEST_F(encrypted_client_hello, lets_the_rules_for_our_server_hold_if_it_is_accepted) {
  client_.pinned_public_keys =
      words{certificate::from_pem(localhost().certificate).public_key_pin()};
  EXPECT_EQ(meet().failed, ssl_errc::certificate_rejected);
  client_.pinned_public_keys =
      words{certificate::from_pem(both_names().certificate).public_key_pin()};
  expect_hidden(meet());
  leaf_options o;
  o.names = {outer};
  serve(test_authority().leaf(o), &key_);
  client_.pinned_public_keys.reset();
  const meeting m = meet();
  EXPECT_EQ(m.failed, ssl_errc::certificate_rejected);
  EXPECT_TRUE(contains(m.what, "not for \"localhost\"")) << m.what;
}

TEST_F(encrypted_client_hello, is_not_answered_by_a_server_without_tls_1_3) {
  require(SSL_CTX_set_max_proto_version(context_.get(), TLS1_2_VERSION) == 1,
          "SSL_CTX_set_max_proto_version");
  const meeting m = meet();
  EXPECT_EQ(m.failed, ssl_errc::alert_received) << m.what;
  EXPECT_FALSE(m.server.succeeded);
  EXPECT_FALSE(contains(m.server.hello, "localhost"));
}

TEST_F(encrypted_client_hello, goes_with_a_session_that_was_made_with_it_or_without) {
  const ssl_context with = ssl_context::client(client_);
  client_.ech_config.reset();
  const ssl_context without = ssl_context::client(client_);
  for (const ssl_context* first : {&with, &without}) {
    connection_options own;
    own.session = meet(*first).session;
    const meeting m = meet(with, own);
    expect_hidden(m);
    EXPECT_TRUE(m.info.resumed);
    own.session = m.session;
    EXPECT_TRUE(meet(without, own).info.resumed);
  }
}

TEST_F(encrypted_client_hello, that_is_rejected_resumes_nothing) {
  connection_options own;
  const ssl_context client = ssl_context::client(client_);
  own.session = meet(client).session;
  const ech_key newer = make_ech_key(outer);
  serve(both_names(), &newer);
  const meeting m = meet(client, own);
  expect_rejected(m);
  EXPECT_EQ(to_base64(m.retry), newer.list);
}

TEST_F(encrypted_client_hello, is_reported_to_the_function_for_handshakes) {
  ech_result seen = ech_result::not_offered;
  std::string retry;
  client_.on_handshake = [&](const handshake_event& e) {
    seen = e.info.ech_status;
    if (e.error) retry = e.error->ech_retry_configs();
  };
  expect_hidden(meet());
  EXPECT_EQ(seen, ech_result::accepted);
  const ech_key newer = make_ech_key(outer);
  serve(both_names(), &newer);
  expect_rejected(meet());
  EXPECT_EQ(seen, ech_result::rejected);
  EXPECT_EQ(to_base64(retry), newer.list);
}

TEST_F(encrypted_client_hello, may_be_random_bytes_whose_answer_is_ignored) {
  const std::string extension = "\xfe\x0d";
  client_.ech_config.reset();
  EXPECT_FALSE(contains(meet().server.hello, extension));
  client_.ech_grease = true;
  const meeting m = meet();
  EXPECT_FALSE(m.failed) << m.what;
  EXPECT_EQ(m.info.ech_status, ech_result::grease);
  EXPECT_EQ(m.answer, "hello");
  EXPECT_TRUE(contains(m.server.hello, extension));
  EXPECT_TRUE(contains(m.server.hello, "localhost"));
  connection_options own;
  own.ech_grease = false;
  EXPECT_EQ(meet(ssl_context::client(client_), own).info.ech_status, ech_result::not_offered);
}

TEST_F(encrypted_client_hello, is_preferred_to_random_bytes) {
  client_.ech_grease = true;
  expect_hidden(meet());
}

TEST_F(encrypted_client_hello, of_clients_is_unknown_to_our_servers_which_explain_the_alert) {
  descriptor_pair pair = socket_pair();
  std::string what;
  task serving([&, fd = pair.a.release()] {
    context_options o;
    o.certificate = pem_text(both_names().both());
    o.ech_config = key_.list;  // a client's: without effect
    o.ech_grease = true;
    ssl_server_stream s(fd, ssl_context::server(o));
    what = thrown_by([&] {
             s.do_handshake();
             s.get();
             s.info();
             throw *s.last_error();
           }).what();
  });
  ssl_client_stream c(pair.b.get(), ssl_context::client(client_));
  pair.b.release();
  EXPECT_EQ(thrown_by([&] { c.do_handshake(); }).code(), ssl_errc::ech_rejected);
  c.close();
  serving.join();
  EXPECT_TRUE(contains(what, "wants its hello to be decrypted")) << what;
}

// What is wrong shows before a byte is sent, for a context as for a connection.
void expect_list_refused(const std::string& list, const std::string& why) {
  connection_options own;
  own.ech_config = list;
  descriptor_pair pair = socket_pair();
  const ssl_error errors[] = {refusal(own), thrown_by([&] {
                                ssl_client_stream(pair.a.get(),
                                                  ssl_context::client(client_options()), own);
                              })};
  for (const ssl_error& e : errors) {
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), "ech_config");
    EXPECT_TRUE(mentions(e, why)) << e.what();
  }
}

std::string list_of(const std::string& configurations) {
  const auto size = static_cast<unsigned>(configurations.size());
  return std::string{static_cast<char>(size >> 8U), static_cast<char>(size & 0xffU)} +
         configurations;
}

// Of another version, which clients have to pass over.
const std::string unknown_configuration(std::string("\xfe\x0a\0\x20", 4) + std::string(32, 'x'));

TEST_F(encrypted_client_hello, refuses_what_is_no_list_or_supports_nothing) {
  const std::string good = from_base64(key_.list);
  expect_list_refused("no list", "is no ECHConfigList");
  expect_list_refused("x", "is no ECHConfigList");
  expect_list_refused(" \n", "is no ECHConfigList");
  expect_list_refused(good.substr(0, good.size() - 1), "is no ECHConfigList");
  expect_list_refused(key_.list.substr(0, 20), "is no ECHConfigList");
  for (const char* name : {"a b.c/example!", "198.151.100.12", ".ublic.example"}) {
    std::string wrong = good;
    wrong.replace(wrong.find(outer), 14, name);
    expect_list_refused(wrong, "has no configuration that this OpenSSL supports");
  }
  expect_list_refused(list_of(unknown_configuration),
                      "has no configuration that this OpenSSL supports");
}

TEST_F(encrypted_client_hello, passes_over_configurations_that_it_cannot_use) {
  const std::string known = from_base64(key_.list).substr(2);
  std::string nameless = known;
  nameless.replace(nameless.find(outer), 14, "198.151.100.12");
  client_.ech_config = list_of(nameless + known);
  expect_hidden(meet());
  client_.ech_config = list_of(unknown_configuration + known);
  expect_hidden(meet());
  client_.ech_config = to_base64(list_of(unknown_configuration + known));
  expect_hidden(meet());
}

TEST_F(encrypted_client_hello, is_refused_without_tls_1_3) {
  connection_options own;
  own.method = tls_method{tls_version::tls1_2, tls_version::tls1_2};
  own.ech_grease = true;
  expect_refused(own, "ech_grease");
  own.ech_config = key_.list;
  expect_refused(own, "ech_config");
  EXPECT_TRUE(mentions(refusal(own), "needs TLS 1.3"));
}

TEST(encrypted_client_hello_options, are_refused_before_openssl_4) {
  if (detail::has_ech) GTEST_SKIP() << "this OpenSSL has Encrypted Client Hello";
  connection_options own;
  own.ech_grease = true;
  expect_refused(own, "ech_grease");
  own.ech_config = "AEX+DQBB";
  expect_refused(own, "ech_config");
  EXPECT_TRUE(mentions(refusal(own), "needs OpenSSL 4.0 or later"));
  descriptor_pair pair = socket_pair();
  EXPECT_EQ(thrown_by([&] {
              ssl_client_stream(pair.a.get(), ssl_context::client(client_options()), own);
            }).operation(),
            "ech_config");
}

TEST(encrypted_client_hello_options, may_be_empty_or_a_servers_without_effect) {
  connection_options own;
  own.ech_config = "";
  own.ech_grease = false;
  context_options client = client_options(), server = server_options();
  static_cast<connection_options&>(client).ech_config = "";
  EXPECT_NO_THROW(ssl_context::client(client));
  server.ech_config = "no list";
  server.ech_grease = true;
  EXPECT_NO_THROW(ssl_context::server(server));
}

}  // namespace
}  // namespace test
}  // namespace iostls
