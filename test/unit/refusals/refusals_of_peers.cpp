// SPDX-License-Identifier: Apache-2.0
// The catalogue's peers that refuse us, that agree to nothing, and that do not speak TLS.
#include <string>
#include <vector>

#include "pem.hpp"
#include "refusal_scenes.hpp"
#include "refusals.hpp"

namespace iostls {
namespace test {
namespace {

// Old versions and short keys, as an old program has them.
void let_all_pass(SSL_CTX* ctx) {
  SSL_CTX_set_security_level(ctx, 0);
  SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
}

peer_options old(peer_options peer) {
  peer.min_version = peer.max_version = TLS1_1_VERSION;
  peer.tune = let_all_pass;
  return peer;
}

// A server that wants a client's certificate.
peer_options asking(peer_options server) {
  server.verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  server.ca = test_authority().certificate();
  return server;
}

peer_options with_cipher(peer_options peer, const char* cipher) {
  peer.min_version = peer.max_version = TLS1_2_VERSION;
  peer.tune = [cipher](SSL_CTX* ctx) { SSL_CTX_set_cipher_list(ctx, cipher); };
  return peer;
}

peer_options with_group(peer_options peer, const char* group) {
  peer.tune = [group](SSL_CTX* ctx) { SSL_CTX_set1_groups_list(ctx, group); };
  return peer;
}

peer_options distrusting(peer_options client) {
  client.ca = authority("Another Root").certificate();
  return client;
}

peer_options asking_for(peer_options client, const std::string& name) {
  client.server_name = name;
  return client;
}

peer_options speaking(peer_options peer, const std::string& protocol) {
  peer.alpn = {protocol};
  return peer;
}

context_options speaking(context_options o, const std::string& protocol) {
  o.alpn = std::vector<std::string>{protocol};
  return o;
}

context_options certified_client(const authority& issuer) {
  return owning(client_options(), issuer.leaf());
}

peer_options failing_with(peer_options server, int alert) {
  server.tune = [alert](SSL_CTX* ctx) {
    static int number = 0;
    number = alert;
    SSL_CTX_set_client_hello_cb(
        ctx,
        [](SSL*, int* chosen, void*) {
          *chosen = number;
          return SSL_CLIENT_HELLO_ERROR;
        },
        nullptr);
  };
  return server;
}

std::string told_by_alert(int alert) {
  return client_refusal(failing_with(server_peer(), alert), client_options());
}

std::string after_reset() {
  descriptor_pair pair = tcp_pair();
  const auto s = make_stream(role::server, std::move(pair.b), hasty(server_options()));
  reset_connection(std::move(pair.a));
  return failure_of(*s);
}

context_options throwing() {
  context_options o = client_options();
  o.verify_callback = [](const verify_event&) -> bool { throw std::runtime_error("no database"); };
  return o;
}

// A server of TLS 1.2 that renegotiates, with another certificate than before if that is not empty.
std::string renegotiation_refusal(context_options own, const issued& other = {}) {
  descriptor_pair pair = tcp_pair();
  peer_options options = server_peer(tls_version::tls1_2);
  options.tune = [](SSL_CTX* ctx) {
    SSL_CTX_clear_options(ctx, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
  };
  task beside([&] {
    tls_peer p(std::move(pair.a), options);
    if (!p.handshake()) return;
    if (!other.certificate.empty()) {
      SSL_use_certificate(p.ssl(), certificate_from(other.certificate).get());
      SSL_use_PrivateKey(p.ssl(), key_from(other.key).get());
    }
    if (SSL_renegotiate(p.ssl()) == 1 && SSL_do_handshake(p.ssl()) == 1) p.read_some();
  });
  const auto s = make_stream(role::client, std::move(pair.b), hasty(std::move(own)));
  std::string text = failure_of(*s);
  s->close();
  return text;
}

context_options renegotiating_client() {
  context_options o = client_options();
  o.max_renegotiations = 1;
  return o;
}

void add_no_agreement(catalogue& to) {
  to.heading("two sides that agree to nothing");
  to.add("client: the server has TLS 1.1 only",
         client_refusal(old(server_peer()), client_options()));
  to.add("client: the server has TLS 1.3 only",
         client_refusal(server_peer(tls_version::tls1_3), client_options(tls_version::tls1_2)));
  to.add("server: the client has TLS 1.1 only",
         server_refusal(old(client_peer()), server_options()));
  to.add("server: the client has TLS 1.2 only",
         server_refusal(client_peer(tls_version::tls1_2), server_options(tls_version::tls1_3)));
  to.add("client: no common cipher",
         client_refusal(with_cipher(server_peer(), "ECDHE-ECDSA-AES256-SHA384"), client_options()));
  to.add("server: no common cipher",
         server_refusal(with_cipher(client_peer(), "AES128-SHA:AES256-SHA"), server_options()));
  to.add("client: no common group", client_refusal(with_group(server_peer(), "P-521"), [] {
           context_options o = client_options();
           o.groups = std::vector<std::string>{"P-256"};
           return o;
         }()));
  to.add("server: no common group", server_refusal(with_group(client_peer(), "P-521"), [] {
           context_options o = server_options();
           o.groups = std::vector<std::string>{"P-256"};
           return o;
         }()));
  to.add("client: the server speaks another protocol",
         client_refusal(speaking(server_peer(), "h2"), speaking(client_options(), "smtp")));
  to.add("server: the client speaks another protocol",
         server_refusal(speaking(client_peer(), "h2"), speaking(server_options(), "smtp")));
  to.add("server: on_client_hello, and the client asks for a name with a line break",
         server_refusal(asking_for(client_peer(), "host\nroot logged in"), [] {
           context_options o = server_options();
           o.on_client_hello = [](const client_hello&) { return client_hello_answer(); };
           return o;
         }()));
}

void add_refusing_peers(catalogue& to) {
  to.heading("the peer refuses us");
  to.add("client: no certificate, TLS 1.3",
         client_refusal(asking(server_peer(tls_version::tls1_3)), client_options()));
  to.add("client: no certificate, TLS 1.2",
         client_refusal(asking(server_peer(tls_version::tls1_2)), client_options()));
  const authority other("Private Authority");
  to.add("client: a certificate that is not trusted, TLS 1.3",
         client_refusal(asking(server_peer(tls_version::tls1_3)), certified_client(other)));
  to.add("client: a certificate that is not trusted, TLS 1.2",
         client_refusal(asking(server_peer(tls_version::tls1_2)), certified_client(other)));
  to.add("server: the client does not trust us",
         server_refusal(distrusting(client_peer()), server_options()));
  to.add("server: the client holds us for another",
         server_refusal(
             [] {
               peer_options c = client_peer();
               c.server_name = "other.example";
               c.tune = [](SSL_CTX* ctx) {
                 X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(ctx), "other.example", 0);
               };
               return c;
             }(),
             server_options()));
  to.add("client: the server renegotiates", renegotiation_refusal(client_options()));
  to.add("client: the server renegotiates with another certificate",
         renegotiation_refusal(renegotiating_client(), test_authority().leaf()));
  to.add("client: the server does not serve the name", told_by_alert(SSL_AD_UNRECOGNIZED_NAME));
  to.add("client: the server has an internal error", told_by_alert(SSL_AD_INTERNAL_ERROR));
  to.add("client: the server denies access", told_by_alert(SSL_AD_ACCESS_DENIED));
  to.add("client: the server reports that something is wrong", told_by_alert(SSL_AD_DECODE_ERROR));
}

void add_strangers(catalogue& to) {
  to.heading("the peer does not speak TLS, or not to the end");
  const context_options client = client_options();
  const context_options server = server_options();
  const auto at_client = [&](const std::string& bytes, bool leaves = false) {
    return refusal_of_bytes(role::client, bytes, leaves, client);
  };
  const auto at_server = [&](const std::string& bytes, bool leaves = false) {
    return refusal_of_bytes(role::server, bytes, leaves, server);
  };
  to.add("client: HTTP", at_client("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
  to.add("client: SMTP", at_client("220 mail.example ESMTP Postfix\r\n"));
  to.add("client: SSH", at_client("SSH-2.0-OpenSSH_9.2p1\r\n"));
  to.add("client: a few characters, and an end", at_client("no\n", true));
  to.add("client: bytes", at_client(std::string("\0\1\2\3\4\5\6\7", 8)));
  to.add("client: nothing", at_client(""));
  to.add("client: an end at once", at_client("", true));
  to.add("client: the beginning of a record, and an end", at_client("\x16\x03\x03", true));
  to.add("client: the beginning of a record, and nothing more", at_client("\x16\x03\x03"));
  to.add("server: HTTP", at_server("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  to.add("server: SSH", at_server("SSH-2.0-OpenSSH_9.2p1\r\n"));
  to.add("server: nothing", at_server(""));
  to.add("server: an end at once", at_server("", true));
  to.add("server: a reset", after_reset());
  to.add("client: a function of the options throws", client_refusal(server_peer(), throwing()));
}

}  // namespace

void add_refusals_of_other_peers(catalogue& to) {
  add_no_agreement(to);
  add_refusing_peers(to);
  add_strangers(to);
}

}  // namespace test
}  // namespace iostls
