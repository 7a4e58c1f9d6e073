// SPDX-License-Identifier: Apache-2.0
// Who would be refused in a full handshake is refused where a session is resumed, too: for each option,
// at both ends, in both versions, with sessions of the program and of the context's cache, whatever has
// changed between two visits. A new option needs a row here.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <memory>
#include <ostream>
#include <regex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <iostls/iostls.hpp>

#include "context.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "ocsp.hpp"
#include "pem.hpp"
#include "session_visit.hpp"
#include "shifted_clock.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Two ends, one of which judges the other.
struct scene {
  role judging;
  tls_version version;
  context_options judge, judged;
};

enum class change_of {
  connection,   // an option that a connection may have of its own
  context,      // any other
  surroundings  // time, files, and what functions know: the contexts are the same
};

struct row {
  const char* what;  // an option, or what else changes
  change_of kind;
  std::function<void(scene&)> before;
  std::function<void(scene&)> change;
  std::function<bool(const scene&)> applies;  // null: always
  seconds passed{0};
};

void PrintTo(const row& r, std::ostream* out) { *out << r.what; }

bool at_server(const scene& s) { return s.judging == role::server; }
bool at_client(const scene& s) { return s.judging == role::client; }

const std::string& ca() { return test_authority().certificate(); }

const std::string& other_ca() {
  static const authority instance("Other");
  return instance.certificate();
}

// Ends within the hour.
const validity brief{hours(-1), minutes(50)};

issued leaf_of(const authority& issuer, const validity& valid = {},
               const std::string& usage = "serverAuth,clientAuth") {
  leaf_options o;
  o.valid = valid;
  o.extended_key_usage = usage;
  return issuer.leaf(o);
}

void identify(context_options& who, const issued& as) {
  who.certificate = pem_text(as.both());
  who.key = {};
}

void trust(context_options& who, const std::string& authorities) {
  who.ca_certificates = pem_text(authorities);
}

std::string hashed_name(const char* ending) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.%s", X509_subject_name_hash(certificate_from(ca()).get()),
                ending);
  return name;
}

// Files that stay for the rest of the process.
std::string new_folder() {
  static std::vector<std::unique_ptr<temp_dir>> all;
  all.push_back(std::make_unique<temp_dir>());
  return all.back()->path();
}

std::string file_of(const std::string& content) {
  const std::string path = new_folder() + "/file";
  write_file(path, content);
  return path;
}

pem_text revoking_list() { return pem_text(test_authority().crl({localhost().certificate})); }

// What functions know.
bool key_is_known = true;

void nothing(scene&) {}

const row rows[] = {
    {"method",
     change_of::connection,
     [](scene& s) {
       s.judged.method = tls_method{s.version, s.version};
     },
     [](scene& s) {
       const bool is_new = s.version == tls_version::tls1_3;
       const tls_version other = is_new ? tls_version::tls1_2 : tls_version::tls1_3;
       s.judge.method = tls_method{other, other};
     },
     {}},
    {"ciphers", change_of::connection,
     [](scene& s) { s.judged.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"; },
     [](scene& s) { s.judge.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"; },
     [](const scene& s) { return s.version == tls_version::tls1_2; }},
    {"ciphersuites", change_of::connection,
     [](scene& s) { s.judged.ciphersuites = "TLS_AES_128_GCM_SHA256"; },
     [](scene& s) { s.judge.ciphersuites = "TLS_AES_256_GCM_SHA384"; },
     [](const scene& s) { return s.version == tls_version::tls1_3; }},
    {"verify",
     change_of::connection,
     [](scene& s) {
       s.judge.verify = verify_mode::none;
       identify(s.judged, authority("Stranger").leaf());
     },
     [](scene& s) { s.judge.verify = verify_mode::required; },
     {}},
    {"max_depth",
     change_of::connection,
     [](scene& s) { identify(s.judged, test_authority().intermediate().leaf()); },
     [](scene& s) { s.judge.max_depth = 0; },
     {}},
    {"pinned_public_keys",
     change_of::connection,
     nothing,
     [](scene& s) {
       s.judge.pinned_public_keys =
           std::vector<std::string>{"sha256//R1H3kqDd/5GPdBJsHU8PvS9v1d8lCVWtQ5i7b0nSVGo="};
     },
     {}},
    {"ocsp", change_of::connection, nothing, [](scene& s) { s.judge.ocsp = ocsp_mode::require; },
     at_client},
    {"server_name",
     change_of::connection,
     nothing,
     [](scene& s) { s.judge.server_name = "elsewhere.example"; },
     {}},
    {"alpn",
     change_of::connection,
     [](scene& s) { s.judge.alpn = s.judged.alpn = std::vector<std::string>{"a"}; },
     [](scene& s) { s.judge.alpn = std::vector<std::string>{"b"}; },
     {}},
    {"alpn_optional",
     change_of::connection,
     [](scene& s) {
       s.judge.alpn = std::vector<std::string>{"b"};
       s.judged.alpn = std::vector<std::string>{"a"};
       s.judge.alpn_optional = s.judged.alpn_optional = true;
     },
     [](scene& s) { s.judge.alpn_optional = false; },
     {}},
    {"groups",
     change_of::connection,
     [](scene& s) { s.judged.groups = std::vector<std::string>{"P-256"}; },
     [](scene& s) { s.judge.groups = std::vector<std::string>{"X25519"}; },
     {}},
    {"signature_algorithms",
     change_of::connection,
     nothing,
     [](scene& s) {
       s.judge.signature_algorithms = std::vector<std::string>{"rsa_pss_rsae_sha256"};
     },
     {}},
    {"max_certificate_chain",
     change_of::connection,
     nothing,
     [](scene& s) { s.judge.max_certificate_chain = std::size_t{200}; },
     {}},
    {"certificate", change_of::context, nothing,
     [](scene& s) { s.judged.certificate = pem_source(); }, at_server},
    {"psk", change_of::surroundings,
     [](scene& s) {
       key_is_known = true;
       const std::string key(32, 'k');
       s.judge.psk = [key](const std::string&) { return key_is_known ? key : std::string(); };
       s.judged.psk = pre_shared_key{"guest", key};
       s.judged.verify = verify_mode::none;
       s.judged.certificate = s.judge.certificate = pem_source();
     },
     [](scene&) { key_is_known = false; }, at_server},
    {"openssl_commands", change_of::context,
     [](scene& s) {
       s.judge.verify = verify_mode::none;
       s.judged.certificate = pem_source();
     },
     [](scene& s) {
       s.judge.openssl_commands = {{"VerifyMode", "Require"}};
     },
     at_server},
    {"openssl_commands",
     change_of::context,
     nothing,
     [](scene& s) {
       s.judge.openssl_commands = {{"VerifyCAFile", file_of(other_ca())}};
     },
     {}},
    {"ca_certificates",
     change_of::context,
     nothing,
     [](scene& s) { trust(s.judge, other_ca()); },
     {}},
    {"ca_file",
     change_of::context,
     [](scene& s) {
       s.judge.ca_certificates = pem_text();
       s.judge.ca_file = file_of(ca());
     },
     [](scene& s) { s.judge.ca_file = file_of(other_ca()); },
     {}},
    {"ca_directory",
     change_of::context,
     [](scene& s) {
       s.judge.ca_certificates = pem_text();
       s.judge.ca_directory = new_folder();
       write_file(s.judge.ca_directory + '/' + hashed_name("0"), ca());
     },
     [](scene& s) { s.judge.ca_directory = new_folder(); },
     {}},
    {"system_trust",
     change_of::context,
     [](scene& s) {
       ::setenv("SSL_CERT_FILE", file_of(ca()).c_str(), 1);
       trust(s.judge, other_ca());
       s.judge.system_trust = true;
     },
     [](scene& s) { s.judge.system_trust = false; },
     {}},
    {"crl_file",
     change_of::context,
     nothing,
     [](scene& s) { s.judge.crl_file = revoking_list(); },
     {}},
    {"crl_check",
     change_of::context,
     [](scene& s) {
       s.judge.crl_file = revoking_list();
       s.judge.crl_check = crl_check_mode::none;
     },
     [](scene& s) { s.judge.crl_check = crl_check_mode::leaf; },
     {}},
    {"partial_chains",
     change_of::context,
     [](scene& s) {
       const authority between = test_authority().intermediate();
       trust(s.judge, between.certificate());
       s.judge.partial_chains = true;
       identify(s.judged, between.leaf());
     },
     [](scene& s) { s.judge.partial_chains = false; },
     {}},
    {"peer_purposes",
     change_of::context,
     [](scene& s) {
       const bool is_server = s.judging == role::server;
       identify(s.judged, leaf_of(test_authority(), {}, is_server ? "serverAuth" : "clientAuth"));
       s.judge.peer_purposes = {"any"};
     },
     [](scene& s) { s.judge.peer_purposes.clear(); },
     {}},
    {"verify_callback",
     change_of::context,
     nothing,
     [](scene& s) { s.judge.verify_callback = [](const verify_event&) { return false; }; },
     {}},

    {"time, for a certificate",
     change_of::surroundings,
     [](scene& s) { identify(s.judged, leaf_of(test_authority(), brief)); },
     nothing,
     {},
     minutes(58)},
    {"time, for an intermediate authority",
     change_of::surroundings,
     [](scene& s) { identify(s.judged, test_authority().intermediate("Brief", brief).leaf()); },
     nothing,
     {},
     minutes(58)},
    {"time, for an authority",
     change_of::surroundings,
     [](scene& s) {
       const authority root("Brief", brief);
       trust(s.judge, root.certificate());
       identify(s.judged, root.leaf());
     },
     nothing,
     {},
     minutes(58)},
    {"time, for a revocation list",
     change_of::surroundings,
     [](scene& s) { s.judge.crl_file = pem_text(test_authority().crl({}, brief)); },
     nothing,
     {},
     minutes(58)},
    {"a new list in the folder",
     change_of::surroundings,
     [](scene& s) {
       s.judge.ca_directory = new_folder();
       s.judge.crl_check = crl_check_mode::leaf;
       write_file(s.judge.ca_directory + '/' + hashed_name("r0"), test_authority().crl());
     },
     [](scene& s) {
       write_file(s.judge.ca_directory + '/' + hashed_name("r1"),
                  test_authority().crl({localhost().certificate}, {seconds(0), hours(1)}));
     },
     {},
     minutes(2)},
    {"time, for an OCSP response", change_of::surroundings,
     [](scene& s) {
       ocsp_options o;
       o.valid = brief;
       s.judged.certificate = pem_text(localhost().both() + ca());
       s.judged.ocsp_response =
           ocsp_source::from_bytes(ocsp_response(test_authority(), {localhost().certificate}, o));
       s.judge.ocsp = ocsp_mode::require;
     },
     nothing, at_client, minutes(58)},
};

// What does not let anybody in, nor keep anybody out.
const char* const others[] = {"prefer_server_cipher_order", "require_close_notify",
                              "handshake_timeout", "read_timeout", "write_timeout", "close_timeout",
                              "handshake_on_connect", "session", "session_cache",
                              // Who we are.
                              "key", "certificate_password", "ocsp_response", "more_credentials",
                              // They only tell.
                              "keylog_file", "on_handshake",
                              // They only make sessions end earlier.
                              "session_tickets", "num_tickets", "ticket_keys", "session_lifetime"};

class refused_resumption : public testing::TestWithParam<std::tuple<tls_version, role, bool, row>> {
 protected:
  refused_resumption()
      : now_{std::get<1>(GetParam()), std::get<0>(GetParam()), server_options(), client_options()} {
    if (now_.judging == role::client) std::swap(now_.judge, now_.judged);
    for (context_options* end : {&now_.judge, &now_.judged}) {
      identify(*end, localhost());
      trust(*end, ca());
    }
    server().method = tls_method{now_.version, now_.version};
    server().verify = now_.judging == role::server ? verify_mode::required : verify_mode::none;
    server().ticket_keys = {ticket_key::random()};
    if (has_cache()) client().session_cache = 10;
  }

  bool has_cache() const { return std::get<2>(GetParam()); }
  const row& changed() const { return std::get<3>(GetParam()); }
  context_options& server() { return now_.judging == role::server ? now_.judge : now_.judged; }
  context_options& client() { return now_.judging == role::client ? now_.judge : now_.judged; }

  void make_contexts() {
    at_server_ = std::make_unique<ssl_context>(ssl_context::server(server()));
    at_client_ = std::make_unique<ssl_context>(ssl_context::client(client()));
  }

  descriptor_pair connected() {
    descriptor_pair pair;
    pair.a = descriptor(connect_tcp("127.0.0.1", std::to_string(port_.port()),
                                    std::chrono::steady_clock::now() + seconds(10)));
    pair.b = descriptor(port_.accept());
    return pair;
  }

  visit_result come(const ssl_session& session = {}) {
    connection_options at_client = client_own_;
    at_client.session = session;
    return visit(*at_server_, *at_client_, at_client, connected(), server_own_);
  }

  // Whether what has changed leaves the contexts as they are.
  bool keeps_contexts() const {
    return changed().kind != change_of::context && (has_cache() || changed().passed.count() != 0 ||
                                                    changed().kind == change_of::surroundings);
  }

  void change() {
    changed().change(now_);
    if (!keeps_contexts()) return make_contexts();
    if (changed().kind != change_of::connection) return;
    (now_.judging == role::server ? server_own_ : client_own_) = now_.judge;
  }

  scene now_;
  std::unique_ptr<ssl_context> at_server_, at_client_;
  connection_options server_own_, client_own_;
  tcp_listener port_{"127.0.0.1", "0"};
};

INSTANTIATE_TEST_SUITE_P(, refused_resumption,
                         testing::Combine(testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                                          testing::Values(role::server, role::client),
                                          testing::Bool(), testing::ValuesIn(rows)),
                         [](const auto& p) {
                           std::string name = to_string(std::get<0>(p.param)) + '_' +
                                              to_string(std::get<1>(p.param)) +
                                              (std::get<2>(p.param) ? "_cache_" : "_") +
                                              std::get<3>(p.param).what + '_' +
                                              std::to_string(p.index);
                           for (char& c : name) {
                             if (c == ' ' || c == ',') c = '_';
                           }
                           return name;
                         });

TEST_P(refused_resumption, is_what_a_full_handshake_would_meet_with) {
  if (changed().applies && !changed().applies(now_)) return;
  changed().before(now_);
  make_contexts();
  const visit_result first = come();
  ASSERT_FALSE(first.failed) << first.failed.message();
  const visit_result second = come(has_cache() ? ssl_session() : first.session);
  ASSERT_FALSE(second.failed) << second.failed.message();
  EXPECT_TRUE(second.info.resumed) << "else the rest says nothing";

  // A client's context with other options has nothing in its cache: so it is the server's that changes.
  const later then(changed().passed);
  change();
  EXPECT_TRUE(come(has_cache() ? ssl_session() : second.session).failed) << "resumed";
  EXPECT_TRUE(come().failed) << "in full";
}

std::set<std::string> names_of_options() {
  const std::string header = read_file(IOSTLS_OPTIONS);
  const std::string text = header.substr(header.find("struct connection_options"));
  const std::regex member("\n  [a-z_:]+(?:<.*>)? ([a-z_]+)(?:, ([a-z_]+))*;");
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), member), end; at != end; ++at) {
    for (std::size_t i = 1; i != at->size(); ++i) {
      if ((*at)[i].matched) names.insert((*at)[i].str());
    }
  }
  return names;
}

TEST(rows_of_refused_resumption, are_there_for_each_option) {
  std::set<std::string> known(std::begin(others), std::end(others));
  for (const row& r : rows) known.insert(r.what);
  const std::set<std::string> names = names_of_options();
  EXPECT_GT(names.size(), 35U);
  for (const std::string& name : names) EXPECT_EQ(known.count(name), 1U) << name;
}

}  // namespace
}  // namespace test
}  // namespace iostls
