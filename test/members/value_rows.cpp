// SPDX-License-Identifier: Apache-2.0
#include "value_rows.hpp"

#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "fixture.hpp"
#include "memory_transport.hpp"
#include "moved_object.hpp"

namespace iostls {
namespace test {
namespace {

certificate some_certificate() { return certificate::from_pem(localhost().certificate); }
ssl_context some_context() { return ssl_context::server(server_options()); }
pem_source some_pem() { return pem_text(localhost().certificate); }
password_source some_password() { return "a password that is longer than any buffer in a string"; }
psk_source some_psk() { return pre_shared_key{"me", std::string(32, 'k')}; }
server_credential some_credential() {
  credential_source source;
  source.certificate = pem_text(localhost().both());
  return server_credential(source);
}
ocsp_source some_ocsp() { return ocsp_source::from_bytes("no response"); }
ssl_error some_error() { return ssl_error(ssl_errc::closed, {}); }
using text_setting = setting<std::string>;
text_setting some_setting() { return std::string("some text"); }

void add_certificates(std::vector<value_row>& all) {
  const auto each = [](auto f) {
    return of_any<certificate>(some_certificate, [f](certificate& c) { f(c); });
  };
  const std::vector<value_row> rows{
      {"certificate::certificate()", each([](certificate&) {})},
      {"certificate::certificate(std::shared_ptr<void>)",
       [] { certificate(std::shared_ptr<void>()).subject(); }},
      {"certificate::from_pem(const std::string&)", [] { certificate::from_pem(""); }},
      {"certificate::operator bool() const", each([](certificate& c) { static_cast<bool>(c); })},
      {"certificate::subject() const", each([](certificate& c) { c.subject(); })},
      {"certificate::issuer() const", each([](certificate& c) { c.issuer(); })},
      {"certificate::serial() const", each([](certificate& c) { c.serial(); })},
      {"certificate::not_before() const", each([](certificate& c) { c.not_before(); })},
      {"certificate::not_after() const", each([](certificate& c) { c.not_after(); })},
      {"certificate::subject_alt_names() const",
       each([](certificate& c) { c.subject_alt_names(); })},
      {"certificate::fingerprint_sha256() const",
       each([](certificate& c) { c.fingerprint_sha256(); })},
      {"certificate::pem() const", each([](certificate& c) { c.pem(); })},
      {"certificate::from_der(const std::string&)", [] { certificate::from_der(""); }},
      {"certificate::der() const", each([](certificate& c) { c.der(); })},
      {"certificate::dns_names() const", each([](certificate& c) { c.dns_names(); })},
      {"certificate::ip_addresses() const", each([](certificate& c) { c.ip_addresses(); })},
      {"certificate::email_addresses() const", each([](certificate& c) { c.email_addresses(); })},
      {"certificate::uris() const", each([](certificate& c) { c.uris(); })},
      {"certificate::user_principal_names() const",
       each([](certificate& c) { c.user_principal_names(); })},
      {"certificate::common_name() const", each([](certificate& c) { c.common_name(); })},
      {"certificate::alternative_names() const",
       each([](certificate& c) { c.alternative_names(); })},
      {"certificate::key_type() const", each([](certificate& c) { c.key_type(); })},
      {"certificate::key_bits() const", each([](certificate& c) { c.key_bits(); })},
      {"certificate::public_key_pin() const", each([](certificate& c) { c.public_key_pin(); })},
      {"certificate::signature_algorithm() const",
       each([](certificate& c) { c.signature_algorithm(); })},
      {"certificate::key_usage() const", each([](certificate& c) { c.key_usage(); })},
      {"certificate::extended_key_usage() const",
       each([](certificate& c) { c.extended_key_usage(); })},
      {"certificate::is_authority() const", each([](certificate& c) { c.is_authority(); })},
      {"certificate::ocsp_uris() const", each([](certificate& c) { c.ocsp_uris(); })},
      {"certificate::issuer_uris() const", each([](certificate& c) { c.issuer_uris(); })},
      {"certificate::crl_uris() const", each([](certificate& c) { c.crl_uris(); })},
      {"certificate::subject_key_id() const", each([](certificate& c) { c.subject_key_id(); })},
      {"certificate::authority_key_id() const", each([](certificate& c) { c.authority_key_id(); })},
      {"certificate::matches(const std::string&) const",
       each([](certificate& c) { c.matches("localhost"); })},
      {"operator<<(std::ostream&, const certificate&)",
       each([](certificate& c) { std::ostringstream() << c; })},
      {"self_signed_certificate(const std::vector<std::string>&)", [] {
         self_signed_certificate({"localhost"});
         self_signed_certificate({});
       }}};
  all.insert(all.end(), rows.begin(), rows.end());
}

void add_contexts(std::vector<value_row>& all) {
  const auto each = [](auto f) {
    return of<ssl_context>(some_context, [f](ssl_context& c) { f(c); });
  };
  const auto use = each([](ssl_context& c) { ssl_server_stream(memory_pipe().a, c); });
  const std::vector<value_row> rows{
      {"ssl_context::ssl_context(const ssl_context&)", use},
      {"ssl_context::operator=(const ssl_context&)", use},
      {"ssl_context::~ssl_context()", use},
      {"ssl_context::server(const context_options&)",
       [] { ssl_context::server(context_options()); }},
      {"ssl_context::server(const Source&)",
       [] { ssl_context::server(pem_source(pem_text(localhost().both()))); }},
      {"ssl_context::client(const context_options&)",
       [] {
         context_options options = client_options();
         const context_options moved(std::move(options));
         ssl_context::client(moved);
         ssl_context::client(options);  // NOLINT(bugprone-use-after-move)
       }},
      {"ssl_context::set_ticket_keys(const std::vector<ticket_key>&) const",
       [] {
         context_options options = server_options();
         options.ticket_keys = {ticket_key::random()};
         ssl_context context = ssl_context::server(options);
         const ssl_context moved(std::move(context));
         context.set_ticket_keys({ticket_key::random()});  // NOLINT(bugprone-use-after-move)
         context.set_ticket_keys({});
       }},
      {"ssl_context::counters() const", each([](ssl_context& c) { c.counters(); })},
      {"ssl_context::is_server() const", each([](ssl_context& c) { c.is_server(); })},
      {"ssl_context::reload() const", each([](ssl_context& c) { c.reload(); })},
      {"ssl_context::reload_if_changed() const",
       each([](ssl_context& c) { c.reload_if_changed(); })},
      {"native_handle(const ssl_context&)", each([](ssl_context& c) { native_handle(c); })}};
  all.insert(all.end(), rows.begin(), rows.end());
}

void add_keys(std::vector<value_row>& all) {
  const auto each = [](auto f) {
    return of<ticket_key>(ticket_key::random, [f](ticket_key& k) { f(k); });
  };
  const auto look = each([](ticket_key& k) { std::string(k.data()); });
  const std::vector<value_row> rows{
      {"ticket_key::ticket_key(const char*)", [] { ticket_key("path").data(); }},
      {"ticket_key::ticket_key(std::string)", [] { ticket_key(std::string("path")).data(); }},
      {"ticket_key::ticket_key(const ticket_key&)", look},
      {"ticket_key::operator=(const ticket_key&)", look},
      {"ticket_key::~ticket_key()", look},
      {"ticket_key::from_bytes(const std::string&)", [] { ticket_key::from_bytes("").data(); }},
      {"ticket_key::random()", look},
      {"ticket_key::is_path() const", each([](ticket_key& k) { k.is_path(); })},
      {"ticket_key::data() const", look}};
  all.insert(all.end(), rows.begin(), rows.end());
}

void add_sessions(std::vector<value_row>& all) {
  const auto each = [](auto f) {
    return of_any<ssl_session>([] { return ssl_session(); }, [f](ssl_session& s) { f(s); });
  };
  const std::vector<value_row> rows{
      {"ssl_session::ssl_session()", each([](ssl_session&) {})},
      {"ssl_session::operator bool() const", each([](ssl_session& s) { static_cast<bool>(s); })},
      {"ssl_session::server_name() const", each([](ssl_session& s) { s.server_name(); })},
      {"ssl_session::protocol() const", each([](ssl_session& s) { s.protocol(); })},
      {"ssl_session::to_bytes() const", each([](ssl_session& s) { s.to_bytes(); })},
      {"ssl_session::from_bytes(const std::string&)", [] { ssl_session::from_bytes("nonsense"); }}};
  all.insert(all.end(), rows.begin(), rows.end());
}

void add_sources(std::vector<value_row>& all) {
  const auto pem = [](auto f) { return of_any<pem_source>(some_pem, f); };
  const auto password = [](auto f) { return of_any<password_source>(some_password, f); };
  const auto psk = [](auto f) { return of_any<psk_source>(some_psk, f); };
  const auto ocsp = [](auto f) { return of_any<ocsp_source>(some_ocsp, f); };
  const std::vector<value_row> rows{
      {"pem_text::pem_text()", [] { pem_text().str(); }},
      {"pem_text::pem_text(std::string)", [] { pem_text("").str(); }},
      {"pem_text::str() const",
       of_any<pem_text>([] { return pem_text("text"); }, [](pem_text& t) { t.str(); })},
      {"pem_text::operator const std::string&() const",
       [] { static_cast<void>(static_cast<const std::string&>(pem_text("text")).size()); }},
      {"operator<<(std::ostream&, const pem_text&)",
       [] { std::ostringstream() << pem_text() << pem_text("text"); }},
      {"pem_source::pem_source()", pem([](pem_source&) {})},
      {"pem_source::pem_source(const char*)", [] { pem_source("path").data(); }},
      {"pem_source::pem_source(std::string)", [] { pem_source(std::string()).data(); }},
      {"pem_source::pem_source(pem_text)", pem([](pem_source&) {})},
      {"pem_source::empty() const", pem([](pem_source& s) { s.empty(); })},
      {"pem_source::is_text() const", pem([](pem_source& s) { s.is_text(); })},
      {"pem_source::data() const", pem([](pem_source& s) { s.data(); })},
      {"password_source::password_source()", password([](password_source&) {})},
      {"password_source::password_source(const char*)", password([](password_source&) {})},
      {"password_source::password_source(std::string)",
       [] { password_source(std::string("word")).get(); }},
      {"password_source::password_source(F)",
       [] { password_source([] { return std::string("word"); }).get(); }},
      {"password_source::empty() const", password([](password_source& s) { s.empty(); })},
      {"password_source::get() const", password([](password_source& s) { s.get(); })},
      {"psk_source::psk_source()", psk([](psk_source&) {})},
      {"psk_source::psk_source(pre_shared_key)", psk([](psk_source&) {})},
      {"psk_source::psk_source(F)",
       [] { psk_source([](const std::string&) { return std::string(); }).empty(); }},
      {"psk_source::empty() const", psk([](psk_source& s) { s.empty(); })},
      {"psk_source::value() const", psk([](psk_source& s) { s.value().has_value(); })},
      {"psk_source::client() const", psk([](psk_source& s) { static_cast<bool>(s.client()); })},
      {"psk_source::server() const", psk([](psk_source& s) { static_cast<bool>(s.server()); })},
      {"ocsp_source::ocsp_source()", ocsp([](ocsp_source&) {})},
      {"ocsp_source::ocsp_source(const char*)", [] { ocsp_source("path").data(); }},
      {"ocsp_source::ocsp_source(std::string)", [] { ocsp_source(std::string()).data(); }},
      {"ocsp_source::from_bytes(std::string)", ocsp([](ocsp_source&) {})},
      {"ocsp_source::empty() const", ocsp([](ocsp_source& s) { s.empty(); })},
      {"ocsp_source::is_path() const", ocsp([](ocsp_source& s) { s.is_path(); })},
      {"ocsp_source::data() const", ocsp([](ocsp_source& s) { s.data(); })}};
  all.insert(all.end(), rows.begin(), rows.end());
}

void add_answers(std::vector<value_row>& all) {
  using answer = client_hello_answer;
  using list = std::vector<server_credential>;
  const auto each = [](auto f) {
    return of_any<answer>([] { return answer(some_context(), list{some_credential()}); }, f);
  };
  const auto credential = [](auto f) { return of<server_credential>(some_credential, f); };
  const std::vector<value_row> rows{
      {"server_credential::server_credential(const credential_source&)",
       credential([](server_credential&) {})},
      {"server_credential::server_credential(const server_credential&)",
       credential([](server_credential& c) { server_credential{c}; })},
      {"server_credential::operator=(const server_credential&)",
       credential([](server_credential& c) { c = some_credential(); })},
      {"server_credential::~server_credential()", credential([](server_credential&) {})},
      {"client_hello_answer::client_hello_answer()", each([](answer&) {})},
      {"client_hello_answer::client_hello_answer(const ssl_context&)",
       [] { answer(some_context()).reason(); }},
      {"client_hello_answer::client_hello_answer(const server_credential&)",
       [] { answer(some_credential()).credentials(); }},
      {"client_hello_answer::client_hello_answer(std::vector<server_credential>)",
       [] { answer(list{some_credential()}).credentials(); }},
      {"client_hello_answer::client_hello_answer(const ssl_context&, "
       "std::vector<server_credential>)",
       each([](answer&) {})},
      {"client_hello_answer::client_hello_answer(tls_alert, std::string)",
       [] { answer(tls_alert::close_notify, "bye").alert(); }},
      {"client_hello_answer::credentials() const", each([](answer& a) { a.credentials(); })},
      {"client_hello_answer::is_refusal() const", each([](answer& a) { a.is_refusal(); })},
      {"client_hello_answer::alert() const", each([](answer& a) { a.alert(); })},
      {"client_hello_answer::reason() const", each([](answer& a) { a.reason(); })},
      {"operator<<(std::ostream&, tls_alert)",
       [] { std::ostringstream() << tls_alert::unknown_ca << static_cast<tls_alert>(255); }}};
  all.insert(all.end(), rows.begin(), rows.end());
}

void add_counters(std::vector<value_row>& all) {
  const context_counters none;
  const auto nothing = static_cast<ssl_errc>(-1);
  const std::vector<value_row> rows{
      {"context_counters::failed_handshakes() const", [none] { none.failed_handshakes(); }},
      {"context_counters::failed_handshakes(ssl_errc) const",
       [=] { none.failed_handshakes(nothing); }},
      {"context_counters::alerts_received() const", [none] { none.alerts_received(); }},
      {"context_counters::alerts_received(tls_alert) const",
       [none] { none.alerts_received(static_cast<tls_alert>(255)); }},
      {"context_counters::alerts_sent() const", [none] { none.alerts_sent(); }},
      {"context_counters::alerts_sent(tls_alert) const",
       [none] { none.alerts_sent(tls_alert::unknown_ca); }}};
  all.insert(all.end(), rows.begin(), rows.end());
}

void add_settings(std::vector<value_row>& all) {
  const auto each = [](auto f) { return of_any<text_setting>(some_setting, f); };
  const auto method = [] { return tls_method{tls_version::tls1_2, tls_version::tls1_3}; };
  const std::vector<value_row> rows{
      {"setting::setting()", each([](text_setting&) {})},
      {"setting::setting(U&&)", each([](text_setting&) {})},
      {"setting::operator=(U&&)", each([](text_setting& s) { s = "other text"; })},
      {"setting::operator=(std::initializer_list<E>)",
       [] {
         setting<std::vector<std::string>> list;
         list = {"a", "b"};
       }},
      {"setting::has_value() const", each([](text_setting& s) { s.has_value(); })},
      {"setting::operator bool() const", each([](text_setting& s) { static_cast<bool>(s); })},
      {"setting::value() const", each([](text_setting& s) {
         if (s.has_value()) s.value();
       })},
      {"setting::value_or(U&&) const", each([](text_setting& s) { s.value_or("other"); })},
      {"setting::reset()", each([](text_setting& s) { s.reset(); })},
      {"operator==(const setting<T>&, const setting<T>&)",
       each([](text_setting& s) { static_cast<void>(s == some_setting()); })},
      {"operator!=(const setting<T>&, const setting<T>&)",
       each([](text_setting& s) { static_cast<void>(s != some_setting()); })},
      {"tls_policy::of(const std::string&)", [] { tls_policy::of("nonsense"); }},
      {"tls_policy::names()", [] { tls_policy::names(); }},
      {"tls_policy::name() const", [] { static_cast<void>(tls_policy::of("modern").name()); }},
      {"tls_policy::fill(connection_options&) const",
       [] {
         connection_options o;
         tls_policy::of("modern").fill(o);
       }},
      {"effective_configuration(const ssl_context&)",
       [] { effective_configuration(ssl_context::client()); }},
      {"tls_method::parse(const std::string&)", [] { tls_method::parse("nonsense"); }},
      {"operator==(const tls_method&, const tls_method&)",
       [method] { static_cast<void>(method() == method()); }},
      {"operator!=(const tls_method&, const tls_method&)",
       [method] { static_cast<void>(method() != method()); }},
      {"tlsa_record::parse(const std::string&)", [] { tlsa_record::parse("nonsense"); }},
      {"tlsa_record::from_rdata(const std::string&)", [] { tlsa_record::from_rdata(""); }},
      {"tlsa_record::text() const", [] { tlsa_record().text(); }},
      {"tlsa_record::fault() const", [] { tlsa_record().fault(); }},
      {"operator==(const tlsa_record&, const tlsa_record&)",
       [] { static_cast<void>(tlsa_record() == tlsa_record()); }},
      {"operator!=(const tlsa_record&, const tlsa_record&)",
       [] { static_cast<void>(tlsa_record() != tlsa_record()); }},
      {"operator<<(std::ostream&, const connection_info&)",
       [] { std::ostringstream() << connection_info(); }},
      {"operator<<(std::ostream&, ocsp_result)",
       [] { std::ostringstream() << ocsp_result::good << static_cast<ocsp_result>(99); }},
      {"operator<<(std::ostream&, ech_result)",
       [] { std::ostringstream() << ech_result::accepted << static_cast<ech_result>(99); }}};
  all.insert(all.end(), rows.begin(), rows.end());
}

void add_errors(std::vector<value_row>& all) {
  const auto each = [](auto f) { return of<ssl_error>(some_error, f); };
  const std::error_code code = ssl_errc::closed;
  const std::vector<value_row> rows{
      {"ssl_category()", [] { ssl_category().message(-1); }},
      {"make_error_code(ssl_errc)", [] { make_error_code(static_cast<ssl_errc>(99)).message(); }},
      {"is_kind(const std::error_code&, ssl_errc)",
       [] { is_kind(std::error_code(), ssl_errc::closed); }},
      {"operator==(const std::error_code&, ssl_errc)",
       [code] { static_cast<void>(code == ssl_errc::closed); }},
      {"operator!=(const std::error_code&, ssl_errc)",
       [code] { static_cast<void>(code != ssl_errc::closed); }},
      {"operator==(ssl_errc, const std::error_code&)",
       [code] { static_cast<void>(ssl_errc::closed == code); }},
      {"operator!=(ssl_errc, const std::error_code&)",
       [code] { static_cast<void>(ssl_errc::closed != code); }},
      {"ssl_error::ssl_error(std::error_code, details)", each([](ssl_error&) {})},
      {"ssl_error::ssl_error(const ssl_error&)", each([](ssl_error& e) { ssl_error(e).what(); })},
      {"ssl_error::operator=(const ssl_error&)", each([](ssl_error& e) { e = some_error(); })},
      {"ssl_error::~ssl_error()", each([](ssl_error&) {})},
      {"ssl_error::operation() const", each([](ssl_error& e) { e.operation(); })},
      {"ssl_error::codes() const", each([](ssl_error& e) { e.codes(); })},
      {"ssl_error::strings() const", each([](ssl_error& e) { e.strings(); })},
      {"ssl_error::verify_result() const", each([](ssl_error& e) { e.verify_result(); })},
      {"ssl_error::verify_result_string() const",
       each([](ssl_error& e) { e.verify_result_string(); })},
      {"ssl_error::ech_retry_configs() const", each([](ssl_error& e) { e.ech_retry_configs(); })},
      {"ssl_error::what() const", each([](ssl_error& e) { e.what(); })}};
  all.insert(all.end(), rows.begin(), rows.end());
}

}  // namespace

std::vector<value_row> value_rows() {
  std::vector<value_row> all;
  add_certificates(all);
  add_contexts(all);
  add_keys(all);
  add_sessions(all);
  add_sources(all);
  add_answers(all);
  add_counters(all);
  add_settings(all);
  add_errors(all);
  add_listeners(all);
  add_transports(all);
  add_serving(all);
  return all;
}

}  // namespace test
}  // namespace iostls
