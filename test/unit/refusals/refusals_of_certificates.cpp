// SPDX-License-Identifier: Apache-2.0
// The catalogue's certificates that are refused, of servers and of clients.
#include <chrono>
#include <string>

#include "pem.hpp"
#include "refusal_scenes.hpp"
#include "refusals.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::hours;

const validity in_the_past = {hours(-2), hours(-1)};
const validity in_the_future = {hours(1), hours(2)};

peer_options showing(peer_options peer, const issued& credential) {
  peer.certificate = credential.certificate;
  peer.key = credential.key;
  return peer;
}

// What a client is told of a server that shows this certificate.
std::string shown(const issued& credential, const context_options& own = client_options()) {
  return client_refusal(showing(server_peer(), credential), own);
}

context_options asking_server() {
  context_options o = server_options();
  o.verify = verify_mode::required;
  o.ca_certificates = pem_text(test_authority().certificate());
  return o;
}

// What a server is told of a client that shows this certificate.
std::string shown_by_client(const issued& credential) {
  return server_refusal(showing(client_peer(), credential), asking_server());
}

issued leaf_for(std::string common_name, std::vector<std::string> names) {
  leaf_options o;
  o.common_name = std::move(common_name);
  o.names = std::move(names);
  return test_authority().leaf(o);
}

issued leaf_valid(const validity& when) {
  leaf_options o;
  o.valid = when;
  return test_authority().leaf(o);
}

issued leaf_used_for(const std::string& usage) {
  leaf_options o;
  o.extended_key_usage = usage;
  return test_authority().leaf(o);
}

std::vector<std::string> many_names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i != count; ++i) names.push_back("n" + std::to_string(i) + ".example");
  return names;
}

context_options wanting_address() {
  context_options o = client_options();
  o.server_name = "192.0.2.1";
  return o;
}

issued without_intermediates(issued credential) {
  const std::string end = "-----END CERTIFICATE-----\n";
  credential.certificate.resize(credential.certificate.find(end) + end.size());
  return credential;
}

issued with_root(issued credential, const authority& root) {
  credential.certificate += root.certificate();
  return credential;
}

context_options trusting(const std::string& certificates) {
  context_options o = client_options();
  o.ca_certificates = pem_text(certificates);
  return o;
}

context_options with_crl(const std::string& list) {
  context_options o = client_options();
  o.crl_file = pem_text(list);
  return o;
}

issued self_signed() {
  const credential made = self_signed_certificate({"localhost"});
  return {made.certificate.str(), made.key.str()};
}

context_options refusing_function() {
  context_options o = client_options();
  o.verify_callback = [](const verify_event&) { return false; };
  return o;
}

context_options pinning() {
  context_options o = client_options();
  o.pinned_public_keys =
      std::vector<std::string>{"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
  return o;
}

context_options with_record() {
  context_options o = client_options();
  o.tlsa_records = {tlsa_record{3, 1, 1, std::string(32, 'r')}};
  return o;
}

context_options with_purposes(context_options o, const char* purpose) {
  o.peer_purposes = {purpose};
  return o;
}

context_options requiring_ocsp() {
  context_options o = client_options();
  o.ocsp = ocsp_mode::require;
  return o;
}

// OpenSSL has a server show such a certificate only on a lower level of security.
std::string shown_with_short_key() {
  leaf_options o;
  o.key = key_type::rsa1024;
  const issued weak = test_authority().leaf(o);
  peer_options server = server_peer(tls_version::tls1_2);
  server.tune = [weak](SSL_CTX* ctx) {
    SSL_CTX_set_cipher_list(ctx, "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0");
    SSL_CTX_use_certificate(ctx, certificate_from(weak.certificate).get());
    SSL_CTX_use_PrivateKey(ctx, key_from(weak.key).get());
  };
  return client_refusal(server, client_options());
}

void add_names(catalogue& to) {
  to.add("for another host",
         shown(leaf_for("other.example", {"other.example", "www.other.example"})));
  to.add("for many other hosts", shown(leaf_for("n0.example", many_names(100))));
  to.add("for hosts, where an address is wanted", shown(localhost(), wanting_address()));
  to.add("with a common name only", shown(leaf_for("localhost", {})));
  to.add("without any name", shown(leaf_for("", {})));
  to.add("without a subject, for another host", shown(leaf_for("", {"other.example"})));
}

void add_issuers(catalogue& to) {
  const authority other("Private Authority");
  const authority namesake;
  const authority middle = test_authority().intermediate();
  to.add("of an authority that is not trusted", shown(other.leaf()));
  to.add("of an authority that has the name of one that is trusted", shown(namesake.leaf()));
  to.add("of an intermediate authority that is not sent",
         shown(without_intermediates(middle.leaf())));
  to.add("of an intermediate authority, whose root is not trusted",
         shown(other.intermediate("Middle").leaf()));
  to.add("which is in ca_file itself", shown(localhost(), trusting(localhost().certificate)));
  to.add("self-signed", shown(self_signed()));
  to.add("with a self-signed root that is not trusted", shown(with_root(other.leaf(), other)));
}

}  // namespace

void add_refusals_of_servers(catalogue& to) {
  to.heading("a client refuses a server's certificate");
  add_names(to);
  add_issuers(to);
  to.add("expired", shown(leaf_valid(in_the_past)));
  to.add("not valid yet", shown(leaf_valid(in_the_future)));
  to.add("of an intermediate authority that has expired",
         shown(test_authority().intermediate("Old", in_the_past).leaf()));
  to.add("for clients", shown(leaf_used_for("clientAuth")));
  to.add("for signing code and mail", shown(leaf_used_for("codeSigning,emailProtection")));
  to.add("for clients, and not for what peer_purposes names",
         shown(leaf_used_for("clientAuth"), with_purposes(client_options(), "serverAuth")));
  to.add("with a key that is too short", shown_with_short_key());
  to.add("revoked", shown(localhost(), with_crl(test_authority().crl({localhost().certificate}))));
  to.add("with a revocation list that has expired",
         shown(localhost(), with_crl(test_authority().crl({}, in_the_past))));
  to.add("without a revocation list of its authority",
         shown(localhost(), with_crl(authority("Private Authority").crl())));
  to.add("of another key than those that are pinned", shown(localhost(), pinning()));
  to.add("that is in no TLSA record", shown(localhost(), with_record()));
  to.add("that verify_callback refuses", shown(localhost(), refusing_function()));
  to.add("without the OCSP response that is required", shown(localhost(), requiring_ocsp()));
}

void add_refusals_of_clients(catalogue& to) {
  to.heading("a server refuses a client's certificate");
  to.add("none", server_refusal(client_peer(tls_version::tls1_3), asking_server()));
  to.add("none, TLS 1.2", server_refusal(client_peer(tls_version::tls1_2), asking_server()));
  to.add("of an authority that is not trusted",
         shown_by_client(authority("Private Authority").leaf()));
  to.add("self-signed", shown_by_client(self_signed()));
  to.add("expired", shown_by_client(leaf_valid(in_the_past)));
  to.add("for servers", shown_by_client(leaf_used_for("serverAuth")));
}

}  // namespace test
}  // namespace iostls
