// SPDX-License-Identifier: Apache-2.0
// Callbacks that a program sets in the native context: those that are free change nothing of ours, and
// where one takes the place of ours, less is let in, not more.
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "session_visit.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

class native_callbacks : public testing::TestWithParam<tls_version> {
 protected:
  native_callbacks() : server_(server_options(GetParam())) {}

  // Whether a client that asks for `second` resumes what it has begun under `first`.
  static bool resumes(const ssl_context& server, const char* first, const char* second) {
    context_options o = client_options();
    o.verify = verify_mode::none;
    o.server_name = first;
    memory_handshake before(server, ssl_context::client(o));
    EXPECT_TRUE(before.run());
    o.server_name = second;
    memory_handshake after(server, ssl_context::client(o));
    SSL_set_session(after.client(), before.session().get());
    EXPECT_TRUE(after.run());
    return SSL_session_reused(after.server()) == 1;
  }

  context_options server_;
};

INSTANTIATE_TEST_SUITE_P(, native_callbacks,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

extern "C" int let_hello_pass(SSL*, int*, void* calls) {
  ++*static_cast<int*>(calls);
  return SSL_CLIENT_HELLO_SUCCESS;
}

TEST_P(native_callbacks, of_the_hello_leave_sessions_bound_to_names) {
  const ssl_context server = ssl_context::server(server_);
  int calls = 0;
  SSL_CTX_set_client_hello_cb(native_handle(server), let_hello_pass, &calls);
  EXPECT_TRUE(resumes(server, "a.example", "A.example"));
  EXPECT_FALSE(resumes(server, "a.example", "b.example"));
  EXPECT_EQ(calls, 4);
}

extern "C" int make_any_ticket(SSL*, void*) { return 1; }

extern "C" SSL_TICKET_RETURN take_any_ticket(SSL*, SSL_SESSION*, const unsigned char*, std::size_t,
                                             SSL_TICKET_STATUS status, void*) {
  const bool is_ticket = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
  return is_ticket ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_IGNORE_RENEW;
}

TEST_P(native_callbacks, of_tickets_end_all_resumption) {
  const ssl_context server = ssl_context::server(server_);
  SSL_CTX_set_session_ticket_cb(native_handle(server), make_any_ticket, take_any_ticket, nullptr);
  EXPECT_FALSE(resumes(server, "a.example", "a.example"));
}

TEST_P(native_callbacks, that_keep_sessions_resume_none_that_was_not_judged) {
  const ssl_context server = ssl_context::server(server_);
  SSL_CTX_set_session_cache_mode(native_handle(server), SSL_SESS_CACHE_SERVER);
  SSL_CTX_set_options(native_handle(server), SSL_OP_NO_TICKET);
  EXPECT_FALSE(resumes(server, "a.example", "a.example"));
}

extern "C" int let_name_pass(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

TEST_P(native_callbacks, of_the_name_do_not_let_another_name_in) {
  server_.server_name = "elsewhere.example";
  const ssl_context server = ssl_context::server(server_);
  SSL_CTX_set_tlsext_servername_callback(native_handle(server), let_name_pass);
  const both_reports r = complete_handshake(server, ssl_context::client(client_options()));
  EXPECT_EQ(r.server.failed, ssl_errc::handshake_failed);
  EXPECT_NE(r.server.what.find("localhost"), std::string::npos) << r.server.what;
}

extern "C" int let_certificate_pass(X509_STORE_CTX*, void*) { return 1; }

TEST_P(native_callbacks, of_certificates_do_not_stand_for_the_options) {
  const auto refuse_all = [](const verify_event&) { return false; };
  for (const bool has_function : {true, false}) {
    context_options o = client_options();
    if (has_function) o.verify_callback = refuse_all;
    if (!has_function) o.peer_purposes = {"clientAuth"};
    const ssl_context client = ssl_context::client(o);
    SSL_CTX_set_cert_verify_callback(native_handle(client), let_certificate_pass, nullptr);
    const end_report r = complete_handshake(ssl_context::server(server_), client).client;
    EXPECT_EQ(r.failed, ssl_errc::certificate_rejected);
    EXPECT_NE(r.what.find("SSL_CTX_set_cert_verify_callback"), std::string::npos) << r.what;
  }
}

TEST_P(native_callbacks, of_certificates_do_not_profit_from_a_session_that_is_not_resumed) {
  context_options o = client_options();
  o.verify_callback = [](const verify_event& e) { return e.accepted; };
  connection_options own;
  own.session = visit(ssl_context::server(server_), ssl_context::client(o)).session;
  const ssl_context client = ssl_context::client(o);
  SSL_CTX_set_cert_verify_callback(native_handle(client), let_certificate_pass, nullptr);
  const ssl_context other_server = ssl_context::server(server_);
  EXPECT_EQ(visit(other_server, client, own).failed, ssl_errc::certificate_rejected);
}

TEST_P(native_callbacks, have_the_application_data_for_themselves) {
  const ssl_context server = ssl_context::server(server_);
  int mine = 0;
  SSL_CTX_set_app_data(native_handle(server), &mine);
  memory_handshake h(server, ssl_context::client(client_options()));
  SSL_set_app_data(h.server(), &mine);
  EXPECT_TRUE(h.run());
  EXPECT_EQ(SSL_get_app_data(h.server()), &mine);
  EXPECT_EQ(SSL_CTX_get_app_data(native_handle(server)), &mine);
}

}  // namespace
}  // namespace test
}  // namespace iostls
