// SPDX-License-Identifier: Apache-2.0
// Clients that have to send another hello (RFC 8446, 4.1.4), and what on_client_hello gets of it.
#include <atomic>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "hello_choosing.hpp"
#include "task.hpp"
#include "tls_peer.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

context_options wants_another_group() {
  context_options o = server_options(tls_version::tls1_3);
  o.groups = {"P-384"};
  return o;
}

context_options sends_another_key() {
  context_options o = client_options(tls_version::tls1_3);
  o.groups = {"P-256", "P-384"};
  return o;
}

TEST(second_hello, is_not_asked_about_again) {
  context_options server = wants_another_group();
  for (const bool changes_context : {false, true}) {
    SCOPED_TRACE(changes_context);
    const ssl_context other = ssl_context::server(wants_another_group());
    std::atomic<int> calls{0};
    server.on_client_hello = [&](const client_hello&) -> client_hello_answer {
      ++calls;
      return changes_context ? client_hello_answer(other) : client_hello_answer();
    };
    const both_reports reports =
        complete_handshake(ssl_context::server(server), ssl_context::client(sends_another_key()));
    EXPECT_FALSE(reports.client.failed) << reports.client.what;
    EXPECT_EQ(reports.client.info.group, "secp384r1");
    EXPECT_EQ(calls, 1);
  }
}

TEST(second_hello, that_asks_for_another_host_is_refused) {
  for (const bool changes_context : {false, true}) {
    SCOPED_TRACE(changes_context);
    context_options options = wants_another_group();
    const ssl_context other = ssl_context::server(wants_another_group());
    options.on_client_hello = [&](const client_hello&) -> client_hello_answer {
      return changes_context ? client_hello_answer(other) : client_hello_answer();
    };
    const ssl_context server = ssl_context::server(options);
    peer_options client = client_peer(tls_version::tls1_3);
    client.verify = SSL_VERIFY_NONE;
    client.tune = [&](SSL_CTX* ctx) {
      SSL_CTX_set1_groups_list(ctx, "X25519:P-384");
      SSL_CTX_set_msg_callback(
          ctx, [](int is_sent, int, int type, const void* data, size_t size, SSL* ssl, void*) {
            const bool is_retry = is_sent == 0 && type == SSL3_RT_HANDSHAKE && size > 0 &&
                                  *static_cast<const unsigned char*>(data) == SSL3_MT_SERVER_HELLO;
            if (is_retry) SSL_set_tlsext_host_name(ssl, "admin.example");
          });
    };
    descriptor_pair pair = tcp_pair();
    std::string what;
    task serving([&] {
      ssl_server_stream s(pair.b.release(), server);
      try {
        s.do_handshake();
      } catch (const ssl_error& e) {
        what = e.what();
      }
    });
    tls_peer peer(std::move(pair.a), client);
    peer.handshake();
    peer.close();
    serving.join();
    EXPECT_TRUE(contains(what, changes_context ? "another host than the client asks for in the end"
                                               : "second hello asks for another host"))
        << what;
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
