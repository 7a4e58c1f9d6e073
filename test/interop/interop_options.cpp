// SPDX-License-Identifier: Apache-2.0
#include "interop_options.hpp"

#include <chrono>
#include <map>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <getopt.h>

namespace interop {
namespace {

template <class T>
T one_of(const std::map<std::string, T>& values, const std::string& text) {
  const auto found = values.find(text);
  if (found == values.end()) throw std::invalid_argument("unknown value: " + text);
  return found->second;
}

iostls::verify_mode verify_mode(const std::string& text) {
  using iostls::verify_mode;
  return one_of<verify_mode>({{"none", verify_mode::none},
                              {"optional", verify_mode::optional},
                              {"required", verify_mode::required}},
                             text);
}

iostls::crl_check_mode crl_check(const std::string& text) {
  using iostls::crl_check_mode;
  return one_of<crl_check_mode>({{"none", crl_check_mode::none},
                                 {"leaf", crl_check_mode::leaf},
                                 {"chain", crl_check_mode::chain}},
                                text);
}

iostls::ocsp_mode ocsp_mode(const std::string& text) {
  using iostls::ocsp_mode;
  return one_of<ocsp_mode>(
      {{"none", ocsp_mode::none}, {"request", ocsp_mode::request}, {"require", ocsp_mode::require}},
      text);
}

std::chrono::milliseconds milliseconds(const std::string& text) {
  return std::chrono::milliseconds(std::stol(text));
}

// "a,b" -> {"a", "b"}
std::vector<std::string> list(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; getline(in, part, ',');) parts.push_back(part);
  return parts;
}

// "name=value"
std::pair<std::string, std::string> pair(const std::string& text) {
  const auto at = text.find('=');
  if (at == std::string::npos) throw std::invalid_argument("no \"=\" in " + text);
  return {text.substr(0, at), text.substr(at + 1)};
}

// "identity=key", the key in hexadecimal.
iostls::pre_shared_key pre_shared_key(const std::string& text) {
  const auto parts = pair(text);
  iostls::pre_shared_key key{parts.first, {}};
  for (std::size_t i = 0; i + 1 < parts.second.size(); i += 2) {
    key.key += static_cast<char>(std::stoi(parts.second.substr(i, 2), nullptr, 16));
  }
  return key;
}

// "certificate=key"
iostls::credential_source credential(const std::string& text) {
  const auto parts = pair(text);
  iostls::credential_source source;
  source.certificate = parts.first;
  source.key = parts.second;
  return source;
}

void accept_error(arguments& to, long code) {
  to.tls.verify_callback = [code](const iostls::verify_event& e) {
    return e.accepted || e.code == code;
  };
}

void add_record(arguments& to, const std::string& text) {
  auto all = to.tls.tlsa_records.value_or(std::vector<iostls::tlsa_record>());
  all.push_back(iostls::tlsa_record::parse(text));
  to.tls.tlsa_records = all;
}

struct known_argument {
  const char* name;
  void (*apply)(arguments& to, const std::string& value);
};

const known_argument known_arguments[] = {
    {"mode", [](arguments& to, const std::string& v) { to.mode = v; }},
    {"host", [](arguments& to, const std::string& v) { to.host = v; }},
    {"port", [](arguments& to, const std::string& v) { to.port = v; }},
    {"file", [](arguments& to, const std::string& v) { to.file = v; }},
    {"times", [](arguments& to, const std::string& v) { to.times = std::stoi(v); }},
    {"path", [](arguments& to, const std::string& v) { to.paths.push_back(v); }},
    {"certificate", [](arguments& to, const std::string& v) { to.tls.certificate = v; }},
    {"key", [](arguments& to, const std::string& v) { to.tls.key = v; }},
    {"password", [](arguments& to, const std::string& v) { to.tls.certificate_password = v; }},
    {"ca", [](arguments& to, const std::string& v) { to.tls.ca_file = v; }},
    {"ca-directory", [](arguments& to, const std::string& v) { to.tls.ca_directory = v; }},
    {"crl", [](arguments& to, const std::string& v) { to.tls.crl_file = v; }},
    {"crl-check", [](arguments& to, const std::string& v) { to.tls.crl_check = crl_check(v); }},
    {"ocsp", [](arguments& to, const std::string& v) { to.tls.ocsp = ocsp_mode(v); }},
    {"ocsp-response", [](arguments& to, const std::string& v) { to.tls.ocsp_response = v; }},
    {"verify", [](arguments& to, const std::string& v) { to.tls.verify = verify_mode(v); }},
    {"accept-error", [](arguments& to, const std::string& v) { accept_error(to, std::stol(v)); }},
    {"max-depth", [](arguments& to, const std::string& v) { to.tls.max_depth = std::stoi(v); }},
    {"pin", [](arguments& to, const std::string& v) { to.tls.pinned_public_keys = {v}; }},
    {"method",
     [](arguments& to, const std::string& v) { to.tls.method = iostls::tls_method::parse(v); }},
    {"ciphers", [](arguments& to, const std::string& v) { to.tls.ciphers = v; }},
    {"ciphersuites", [](arguments& to, const std::string& v) { to.tls.ciphersuites = v; }},
    {"server-name", [](arguments& to, const std::string& v) { to.tls.server_name = v; }},
    {"sni-name", [](arguments& to, const std::string& v) { to.tls.sni_name = v; }},
    {"alpn", [](arguments& to, const std::string& v) { to.tls.alpn = list(v); }},
    {"alpn-optional",
     [](arguments& to, const std::string& v) { to.tls.alpn_optional = v == "yes"; }},
    {"groups", [](arguments& to, const std::string& v) { to.tls.groups = list(v); }},
    {"signature-algorithms",
     [](arguments& to, const std::string& v) { to.tls.signature_algorithms = list(v); }},
    {"max-certificate-chain",
     [](arguments& to, const std::string& v) { to.tls.max_certificate_chain = std::stoul(v); }},
    {"another-credential",
     [](arguments& to, const std::string& v) { to.tls.more_credentials.push_back(credential(v)); }},
    {"accept-raw-public-keys",
     [](arguments& to, const std::string& v) { to.tls.accept_raw_public_keys = v == "yes"; }},
    {"ech-config", [](arguments& to, const std::string& v) { to.tls.ech_config = v; }},
    {"ech-grease", [](arguments& to, const std::string& v) { to.tls.ech_grease = v == "yes"; }},
    {"tlsa-record", [](arguments& to, const std::string& v) { add_record(to, v); }},
    {"present-raw-public-key",
     [](arguments& to, const std::string& v) { to.tls.present_raw_public_key = v == "yes"; }},
    {"certificate-compression",
     [](arguments& to, const std::string& v) { to.tls.certificate_compression = list(v); }},
    {"psk", [](arguments& to, const std::string& v) { to.tls.psk = pre_shared_key(v); }},
    {"keylog-file", [](arguments& to, const std::string& v) { to.tls.keylog_file = v; }},
    {"openssl-command",
     [](arguments& to, const std::string& v) { to.tls.openssl_commands.push_back(pair(v)); }},
    {"require-close-notify",
     [](arguments& to, const std::string& v) { to.tls.require_close_notify = v == "yes"; }},
    {"post-handshake-auth",
     [](arguments& to, const std::string& v) { to.tls.post_handshake_auth = v == "yes"; }},
    {"max-renegotiations",
     [](arguments& to, const std::string& v) { to.tls.max_renegotiations = std::stoi(v); }},
    {"handshake-timeout",
     [](arguments& to, const std::string& v) { to.tls.handshake_timeout = milliseconds(v); }},
    {"read-timeout",
     [](arguments& to, const std::string& v) { to.tls.read_timeout = milliseconds(v); }},
    {"write-timeout",
     [](arguments& to, const std::string& v) { to.tls.write_timeout = milliseconds(v); }},
    {"close-timeout",
     [](arguments& to, const std::string& v) { to.tls.close_timeout = milliseconds(v); }},
    {"count", [](arguments& to, const std::string& v) { to.count = std::stoi(v); }},
    {"session-in", [](arguments& to, const std::string& v) { to.session_in = v; }},
    {"session-out", [](arguments& to, const std::string& v) { to.session_out = v; }},
    {"session-cache",
     [](arguments& to, const std::string& v) { to.tls.session_cache = std::stoi(v); }},
    {"session-tickets",
     [](arguments& to, const std::string& v) { to.tls.session_tickets = v == "yes"; }},
    {"num-tickets", [](arguments& to, const std::string& v) { to.tls.num_tickets = std::stoi(v); }},
    {"ticket-key", [](arguments& to, const std::string& v) { to.tls.ticket_keys.emplace_back(v); }},
};

// Beyond the values that getopt_long returns on its own behalf, such as '?'.
constexpr int first_code = 1000;

std::vector<option> getopt_table() {
  std::vector<option> table;
  int code = first_code;
  for (const known_argument& known : known_arguments) {
    table.push_back({known.name, required_argument, nullptr, code++});
  }
  table.push_back({nullptr, 0, nullptr, 0});
  return table;
}

}  // namespace

arguments parse(int argc, char** argv) {
  arguments result;
  const std::vector<option> table = getopt_table();
  for (;;) {
    const int code = getopt_long(argc, argv, "", table.data(), nullptr);
    if (code == -1) break;
    if (code < first_code) throw std::invalid_argument("wrong option");
    known_arguments[code - first_code].apply(result, optarg);
  }
  if (optind != argc) throw std::invalid_argument(std::string("what is ") + argv[optind] + "?");
  return result;
}

}  // namespace interop
