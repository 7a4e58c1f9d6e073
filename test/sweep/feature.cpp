// SPDX-License-Identifier: Apache-2.0
#include "feature.hpp"

#include <ostream>
#include <utility>

#include "algorithms.hpp"
#include "certificate_files.hpp"
#include "fixture.hpp"
#include "ocsp.hpp"
#include "tlsa.hpp"

namespace iostls {
namespace test {
namespace {

constexpr const char* long_identity = "a sensor whose identity is longer than any small buffer";

using judge = std::function<std::string(const visit_report&)>;

// True of the ends whose handshake was done.
judge each_end(const std::string& what, std::function<bool(const connection_info&)> holds) {
  return [what, holds = std::move(holds)](const visit_report& r) {
    const bool well = (!r.server.handshake_done || holds(r.server.info)) &&
                      (!r.client.handshake_done || holds(r.client.info));
    return well ? std::string() : what;
  };
}

judge client_end(const std::string& what, std::function<bool(const connection_info&)> holds) {
  return [what, holds = std::move(holds)](const visit_report& r) {
    return !r.client.handshake_done || holds(r.client.info) ? std::string() : what;
  };
}

judge verified() {
  return client_end("not verified", [](const connection_info& i) { return i.verified; });
}

judge keyed(const std::string& identity) {
  return each_end("another key", [identity](const connection_info& i) {
    return i.psk_identity == identity && i.chain.empty() && !i.verified;
  });
}

class makers {
 public:
  explicit makers(tls_version version) : version_(version) {}

  std::vector<feature> all() const {
    std::vector<feature> list;
    if (obstacle_to_psk(version_).empty()) add_keys(list);
    add_names(list);
    add_revocation(list);
    add_opinions(list);
    add_lists(list);
    add_forms(list);
    add_tickets(list);
    return list;
  }

 private:
  feature ordinary(const std::string& name) const {
    feature f{name, server_options(version_), client_options(version_), {}, {}, verified()};
    f.server.certificate = pem_text(long_named().certificate);
    f.server.key = pem_text(long_named().key);
    f.client.server_name = long_name;
    return f;
  }

  feature keyed_ends(const std::string& name, const psk_source& server,
                     const psk_source& client) const {
    feature f{name, {}, {}, {}, {}, keyed(long_identity)};
    f.server.method = f.client.method = tls_method{version_, version_};
    f.server.psk = server;
    f.client.psk = client;
    f.client.system_trust = false;  // hundreds of certificates would take most of the memory
    return f;
  }

  void add_keys(std::vector<feature>& list) const {
    const pre_shared_key key{long_identity, std::string(32, 'k')};
    const pre_shared_key other{long_identity, std::string(32, 'o')};
    list.push_back(keyed_ends("psk", key, key));
    list.push_back(keyed_ends(
        "psk_of_functions",
        [](const std::string& identity) {
          return std::string(identity == long_identity ? 32 : 0, 'k');
        },
        [](const std::string&) {
          return pre_shared_key{long_identity, std::string(32, 'k')};
        }));
    feature wrong = keyed_ends("psk_that_differs", key, other);
    wrong.refused = refusal::by_both;
    list.push_back(wrong);
    feature nameless = ordinary("certificate_for_a_client_of_keys");
    nameless.client.server_name.reset();
    nameless.client.psk = key;
    nameless.refused = refusal::by_client;
    list.push_back(nameless);
    feature unused = ordinary("psk_beside_certificates");
    unused.server.psk = [](const std::string&) { return std::string(); };
    unused.client.psk = [](const std::string&) { return pre_shared_key(); };
    list.push_back(unused);
  }

  void add_names(std::vector<feature>& list) const {
    feature f = ordinary("more_credentials");
    for (const char* const name :
         {"a.this-is-a-name-that-needs-memory.test", "*.b.this-is-a-name-that-needs-memory.test",
          "c.this-is-a-name-that-needs-memory.test"}) {
      leaf_options o;
      o.names = {name};
      const issued i = test_authority().leaf(o);
      f.server.more_credentials.push_back({pem_text(i.certificate), pem_text(i.key), {}});
    }
    f.client.server_name = "x.b.this-is-a-name-that-needs-memory.test";
    list.push_back(f);
    f.name = "more_credentials_of_another_name";
    f.client.server_name = "d.this-is-a-name-that-needs-memory.test";
    f.refused = refusal::by_client;
    list.push_back(f);

    feature alpn = ordinary("alpn");
    alpn.server.alpn = {"h2", "http/1.1"};
    alpn.client.alpn = {"http/1.1", "imap"};
    alpn.judge =
        each_end("another protocol", [](const connection_info& i) { return i.alpn == "http/1.1"; });
    list.push_back(alpn);
    alpn.name = "alpn_without_agreement";
    alpn.client.alpn = {"imap"};
    alpn.refused = refusal::by_both;
    list.push_back(alpn);
  }

  feature stapled(const std::string& name, const ocsp_options& how) const {
    feature f = ordinary(name);
    f.server.ca_certificates = pem_text(test_authority().certificate());
    f.server.ocsp_response =
        ocsp_source::from_bytes(ocsp_response(test_authority(), {long_named().certificate}, how));
    f.client.ocsp = ocsp_mode::require;
    return f;
  }

  void add_revocation(std::vector<feature>& list) const {
    feature good = stapled("ocsp", {});
    good.judge = client_end("not good", [](const connection_info& i) {
      return i.verified && i.ocsp_status == ocsp_result::good;
    });
    list.push_back(good);
    ocsp_options revoked;
    revoked.status = V_OCSP_CERTSTATUS_REVOKED;
    feature bad = stapled("ocsp_that_revokes", revoked);
    bad.refused = refusal::by_client;
    list.push_back(bad);
    feature missing = ordinary("ocsp_that_is_missing");
    missing.client.ocsp = ocsp_mode::require;
    missing.refused = refusal::by_client;
    list.push_back(missing);
    feature lists = ordinary("crl");
    lists.client.crl_file = pem_text(test_authority().crl());
    lists.client.crl_check = crl_check_mode::chain;
    list.push_back(lists);
  }

  void add_opinions(std::vector<feature>& list) const {
    feature pinned = ordinary("pins");
    pinned.client.pinned_public_keys = {pin_for(long_named().certificate)};
    pinned.client.verify_callback = [](const verify_event& e) { return e.accepted; };
    list.push_back(pinned);
    pinned.name = "pins_of_another_key";
    pinned.client.pinned_public_keys = {pin_for(test_authority().certificate())};
    pinned.refused = refusal::by_client;
    list.push_back(pinned);
    feature recorded = ordinary("tlsa_records");
    recorded.client.tlsa_records = {tlsa_for(long_named().certificate, 3),
                                    tlsa_for(test_authority().certificate(), 2, 0, 0)};
    recorded.judge = client_end("no record", [](const connection_info& i) {
      return i.verified && i.matched_tlsa_depth == 0;
    });
    list.push_back(recorded);
    recorded.name = "tlsa_records_of_another_server";
    recorded.client.tlsa_records = {tlsa_for(test_authority().certificate(), 3)};
    recorded.refused = refusal::by_client;
    list.push_back(recorded);
    feature refusing = ordinary("callback_that_refuses");
    refusing.client.verify_callback = [](const verify_event& e) { return e.depth != 0; };
    refusing.refused = refusal::by_client;
    list.push_back(refusing);
    feature lenient = ordinary("callback_that_lets_pass");
    lenient.client.server_name = "another-name-that-is-longer-than-any-small-buffer.test";
    lenient.client.verify_callback = [](const verify_event&) { return true; };
    lenient.judge = client_end("verified", [](const connection_info& i) { return !i.verified; });
    list.push_back(lenient);
  }

  void add_lists(std::vector<feature>& list) const {
    feature f = ordinary("lists");
    f.server.groups = f.client.groups = {"P-256", "P-384"};
    f.server.signature_algorithms =
        f.client.signature_algorithms = {"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"};
    f.server.ciphers = f.client.ciphers = "ECDHE+AESGCM";
    f.server.ciphersuites = f.client.ciphersuites = "TLS_AES_128_GCM_SHA256";
    f.client.openssl_commands = f.server.openssl_commands = {{"Options", "-EncryptThenMac"}};
    f.server.keylog_file = f.client.keylog_file = certificate_files().path("keys.log");
    list.push_back(f);

    feature own = ordinary("overrides");
    own.server_own = f.server;
    own.client_own = f.client;
    own.server_own.alpn = own.client_own.alpn = {"h2"};
    own.server_own.server_name = long_name;
    own.client_own.server_name = long_name;
    own.client_own.pinned_public_keys = {pin_for(long_named().certificate)};
    own.client_own.max_depth = own.server_own.max_depth = 4;
    own.client_own.verify = verify_mode::required;
    own.client_own.ocsp = ocsp_mode::request;
    own.server_own.verify = verify_mode::optional;
    own.server_own.max_certificate_chain = own.client_own.max_certificate_chain = 20000;
    own.server_own.prefer_server_cipher_order = false;
    own.server_own.require_close_notify = own.client_own.require_close_notify = true;
    list.push_back(own);
  }

  void add_forms(std::vector<feature>& list) const {
    feature files = ordinary("files");
    files.server.certificate = certificate_files().path("leaf.der");
    files.server.key = certificate_files().path("encrypted.pem");
    files.server.certificate_password = long_password;
    files.server.ca_file = certificate_files().path("ca.pem");
    files.client.ca_certificates = {};
    files.client.ca_directory = certificate_files().path("folder");
    list.push_back(files);
    feature pkcs12 = ordinary("pkcs12");
    pkcs12.server.certificate = certificate_files().path("leaf.p12");
    pkcs12.server.key = {};
    pkcs12.server.certificate_password = [] { return std::string(long_password); };
    if (!lacks("PKCS12KDF")) list.push_back(pkcs12);
    feature client = ordinary("client_certificate");
    client.server.ca_certificates = client.client.ca_certificates;
    client.server.verify = verify_mode::required;
    client.client.certificate = pem_text(long_named().both());
    client.judge = each_end("not verified", [](const connection_info& i) { return i.verified; });
    list.push_back(client);
  }

  void add_tickets(std::vector<feature>& list) const {
    feature f = ordinary("tickets");
    f.server.ticket_keys = {ticket_key::from_bytes(std::string(80, 't')),
                            ticket_key::from_bytes(std::string(48, 'u'))};
    f.server.num_tickets = 3;
    const visit_plan first{ssl_context::server(f.server), ssl_context::client(f.client), {}, {}};
    // From bytes, so that a session of TLS 1.3 may be used again.
    const std::string bytes = visit(first, false).session.to_bytes();
    f.client_own.session = ssl_session::from_bytes(bytes);
    list.push_back(f);
    feature cached = ordinary("session_cache");
    cached.client.session_cache = 4;
    list.push_back(cached);
    feature none = ordinary("no_tickets");
    none.server.session_tickets = false;
    list.push_back(none);
  }

  const tls_version version_;
};

}  // namespace

void PrintTo(const feature& f, std::ostream* out) { *out << f.name; }

std::vector<feature> features(tls_version version) { return makers(version).all(); }

}  // namespace test
}  // namespace iostls
