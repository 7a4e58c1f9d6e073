// SPDX-License-Identifier: Apache-2.0
// The catalogue's wrong options, and hosts that cannot be connected to.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "refusal_scenes.hpp"
#include "refusals.hpp"

namespace iostls {
namespace test {
namespace {

using change = std::function<void(context_options&)>;

void add_client(catalogue& to, const std::string& situation, const change& make_wrong) {
  to.add_thrown(situation, [&] {
    context_options o = client_options();
    make_wrong(o);
    descriptor_pair pair = socket_pair();
    make_stream(role::client, std::move(pair.a), hasty(o));
  });
}

void add_server(catalogue& to, const std::string& situation, const change& make_wrong) {
  to.add_thrown(situation, [&] {
    context_options o = server_options();
    make_wrong(o);
    ssl_context::server(o);
  });
}

std::string failure_to_dial(const std::string& host, const std::string& service) {
  context_options own;
  own.ca_certificates = pem_text(test_authority().certificate());
  ssl_client_stream s;
  try {
    s.connect(host, service, own);
  } catch (const ssl_error& e) {
    return e.what();
  }
  return s.last_error() != nullptr ? s.last_error()->what() : "nothing was refused";
}

std::string closed_port() {
  const listening gone = listen_on_loopback();
  return std::to_string(gone.port);
}

void add_values(catalogue& to) {
  to.heading("options");
  add_client(to, "no name", [](context_options& o) { o.server_name = ""; });
  add_client(to, "a URL for a name",
             [](context_options& o) { o.server_name = "https://localhost"; });
  add_client(to, "a cipher that is unknown",
             [](context_options& o) { o.ciphers = "NO-SUCH-CIPHER"; });
  add_client(to, "a cipher of TLS 1.3 that is unknown",
             [](context_options& o) { o.ciphersuites = "NO-SUCH-CIPHER"; });
  add_client(to, "a group that is unknown",
             [](context_options& o) { o.groups = std::vector<std::string>{"P-257"}; });
  add_client(to, "groups that are optional, and unknown all of them", [](context_options& o) {
    o.groups = std::vector<std::string>{"?P-257", "?P-385"};
  });
  add_client(to, "a compression of certificates that is unknown", [](context_options& o) {
    o.certificate_compression = std::vector<std::string>{"lz4"};
  });
  add_client(to, "a policy that is unknown",
             [](context_options& o) { tls_policy::of("2025-01").fill(o); });
  add_client(to, "a method that is unknown",
             [](context_options& o) { o.method = tls_method::parse("tls1.2"); });
  add_client(to, "SSL 3.0", [](context_options& o) { o.method = tls_method::parse("sslv3"); });
  add_client(to, "a negative time",
             [](context_options& o) { o.read_timeout = std::chrono::milliseconds(-1); });
  add_client(to, "a pin that is none",
             [](context_options& o) { o.pinned_public_keys = std::vector<std::string>{"AB:CD"}; });
  add_client(to, "TLSA records that are unusable", [](context_options& o) {
    o.tlsa_records = {tlsa_record{3, 1, 9, std::string(32, 'r')}, tlsa_record{3, 1, 1, "short"}};
  });
  add_client(to, "a text that is no TLSA record",
             [](context_options& o) { o.tlsa_records = {tlsa_record::parse("3 1 1 sha256")}; });
  add_client(to, "no TLSA record",
             [](context_options& o) { o.tlsa_records = std::vector<tlsa_record>{}; });
  add_client(to, "TLSA records where nothing is verified", [](context_options& o) {
    o.tlsa_records = {tlsa_record{3, 1, 1, std::string(32, 'r')}};
    o.verify = verify_mode::none;
  });
  add_client(to, "a purpose that is unknown",
             [](context_options& o) { o.peer_purposes = {"server"}; });
  add_server(to, "a server that is to renegotiate",
             [](context_options& o) { o.max_renegotiations = 1; });
  add_server(to, "a server without a certificate", [](context_options& o) { o = {}; });
}

void add_dialing(catalogue& to) {
  to.heading("connecting");
  to.add("nobody listens", failure_to_dial("127.0.0.1", closed_port()));
  to.add("a service that is misspelt", failure_to_dial("127.0.0.1", "htpps"));
  to.add("a URL for a host", failure_to_dial("https://localhost", "443"));
  to.add("a host with a port", failure_to_dial("localhost:443", "443"));
  to.add("no host", failure_to_dial("", "443"));
}

}  // namespace

void add_refusals_of_options(catalogue& to) {
  add_values(to);
  add_dialing(to);
}

}  // namespace test
}  // namespace iostls
