// SPDX-License-Identifier: Apache-2.0
// What may change between two visits so that one end would refuse the other: a row for each option that
// decides who is let in, and for whatever else does.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <openssl/x509.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "ocsp.hpp"
#include "openssl/raw_public_key.hpp"
#include "pem.hpp"
#include "tlsa.hpp"

namespace iostls {
namespace test {

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
  std::function<std::string(const scene&)> obstacle = {};  // why it cannot be shown here, if so
};

inline void PrintTo(const row& r, std::ostream* out) { *out << r.what; }

inline bool at_server(const scene& s) { return s.judging == role::server; }
inline bool at_client(const scene& s) { return s.judging == role::client; }

inline const std::string& ca() { return test_authority().certificate(); }

inline const std::string& other_ca() {
  static const authority instance("Other");
  return instance.certificate();
}

// Ends within the hour.
inline const validity brief{hours(-1), minutes(50)};

inline issued leaf_of(const authority& issuer, const validity& valid = {},
                      const std::string& usage = "serverAuth,clientAuth") {
  leaf_options o;
  o.valid = valid;
  o.extended_key_usage = usage;
  return issuer.leaf(o);
}

inline void identify(context_options& who, const issued& as) {
  who.certificate = pem_text(as.both());
  who.key = {};
}

inline void trust(context_options& who, const std::string& authorities) {
  who.ca_certificates = pem_text(authorities);
}

inline std::string hashed_name(const char* ending) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.%s", X509_subject_name_hash(certificate_from(ca()).get()),
                ending);
  return name;
}

// Files that stay for the rest of the process.
inline std::string new_folder() {
  static std::vector<std::unique_ptr<temp_dir>> all;
  all.push_back(std::make_unique<temp_dir>());
  return all.back()->path();
}

inline std::string file_of(const std::string& content) {
  const std::string path = new_folder() + "/file";
  write_file(path, content);
  return path;
}

inline pem_text revoking_list() {
  return pem_text(test_authority().crl({localhost().certificate}));
}

// What functions know.
inline bool key_is_known = true;

inline void nothing(scene&) {}

inline const row rows[] = {
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
    {"ciphers of Suite B", change_of::connection,
     [](scene& s) { s.judged.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"; },
     [](scene& s) { s.judge.ciphers = "SUITEB192"; },
     [](const scene& s) { return s.version == tls_version::tls1_2 && at_client(s); }},
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
    {"accept_raw_public_keys",
     change_of::connection,
     [](scene& s) {
       const issued shown = authority("Stranger").leaf();
       identify(s.judged, shown);
       s.judged.present_raw_public_key = true;
       s.judge.accept_raw_public_keys = true;
       s.judge.pinned_public_keys =
           std::vector<std::string>{certificate::from_pem(shown.certificate).public_key_pin()};
     },
     [](scene& s) { s.judge.accept_raw_public_keys = false; },
     {},
     seconds(0),
     [](const scene&) {
       return std::string(detail::has_raw_public_keys ? "" : "needs raw public keys (OpenSSL 3.2)");
     }},
    {"tlsa_records", change_of::connection,
     [](scene& s) { s.judge.tlsa_records = {tlsa_for(localhost().certificate, 3)}; },
     [](scene& s) { s.judge.tlsa_records = {tlsa_for(other_ca(), 3)}; }, at_client},
    {"tlsa_records of an authority", change_of::connection,
     [](scene& s) { identify(s.judged, leaf_of(test_authority())); },
     [](scene& s) { s.judge.tlsa_records = {tlsa_for(other_ca(), 2)}; }, at_client},
    {"ocsp", change_of::connection, nothing, [](scene& s) { s.judge.ocsp = ocsp_mode::require; },
     at_client},
    {"server_name",
     change_of::connection,
     nothing,
     [](scene& s) { s.judge.server_name = "elsewhere.example"; },
     {}},
    {"sni_name", change_of::connection, [](scene& s) { s.judged.server_name = "localhost"; },
     [](scene& s) { s.judge.sni_name = "elsewhere.example"; }, at_client},
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
     [](scene& s) { s.judge.groups = std::vector<std::string>{"P-384"}; },
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
     [](scene&) { key_is_known = false; }, at_server, seconds(0),
     [](const scene& s) { return obstacle_to_psk(s.version); }},
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
    {"on_client_hello", change_of::context, nothing,
     [](scene& s) {
       s.judge.on_client_hello = [](const client_hello&) -> client_hello_answer {
         return tls_alert::access_denied;
       };
     },
     at_server},

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

}  // namespace test
}  // namespace iostls
