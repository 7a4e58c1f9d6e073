// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "descriptor.hpp"

namespace iostls {
namespace test {
namespace {

variant variant_of(role r) { return {r, tls_version::tls1_3}; }

std::unique_ptr<ssl_stream> new_stream(role r) {
  if (r == role::server) return std::make_unique<ssl_server_stream>();
  return std::make_unique<ssl_client_stream>();
}

std::unique_ptr<ssl_stream> moved(role r, ssl_stream& from) {
  if (r == role::server) {
    return std::make_unique<ssl_server_stream>(std::move(dynamic_cast<ssl_server_stream&>(from)));
  }
  return std::make_unique<ssl_client_stream>(std::move(dynamic_cast<ssl_client_stream&>(from)));
}

using enter = std::function<void(subject&)>;

state plain(const char* name, const enter& e) {
  return {name, [e](subject& s, const std::function<void()>& f) {
            e(s);
            f();
          }};
}

state talking(const char* name, const enter& e) {
  return plain(name, [e](subject& s) {
    s.be_in_conversation();
    e(s);
  });
}

}  // namespace

void limit_times(connection_options& o) {
  o.read_timeout = o.write_timeout = std::chrono::minutes(1);
}

void PrintTo(const state& s, std::ostream* out) { *out << s.name; }

const ssl_context& subject::context() const { return shared_context(variant_of(role_)); }

void subject::be_new() { own_ = new_stream(role_); }

void subject::be_open() { talk_ = std::make_unique<duologue>(variant_of(role_), limit_times); }

void subject::be_in_conversation() { talk_ = in_conversation(variant_of(role_), limit_times); }

void subject::be_moved_from() {
  be_in_conversation();
  moved_to_ = moved(role_, stream());
}

void subject::be_refused_a_connection() {
  be_new();
  client().connect("127.0.0.1", silent_port(), context());
}

// The function is a client's, that judges the server's certificate.
void subject::be_called_back(const std::function<void()>& f) {
  context_options o = client_options();
  o.verify_callback = [&](const verify_event& e) {
    called_back_ = true;
    if (e.depth == 0) f();
    called_back_ = false;
    return e.accepted;
  };
  called_peer_ = std::make_shared<immediate_peer>(peer_of(role::client, tls_version::tls1_3),
                                                  shared_peer_context(variant_of(role::client)));
  own_ = std::make_unique<ssl_client_stream>(called_peer_->make_transport(), o);
  try {
    own_->do_handshake();
  } catch (const std::exception&) {
  }
}

std::vector<state> states() {
  std::vector<state> all{
      plain("new", [](subject& s) { s.be_new(); }),
      plain("open", [](subject& s) { s.be_open(); }),
      plain("moved_from", [](subject& s) { s.be_moved_from(); }),
      talking("in_conversation", [](subject&) {}),
      talking("with_input_and_output",
              [](subject& s) {
                s.peer().send("12 words\nand more");
                s.stream().get();
                s.stream() << "answer";
              }),
      talking("at_the_end",
              [](subject& s) {
                s.peer().close_notify();
                s.stream().get();
              }),
      talking("cut",
              [](subject& s) {
                s.peer().cut();
                s.stream().get();
              }),
      talking("out_of_time", [](subject& s) { s.stream().get(); }),
      talking("with_lost_output",
              [](subject& s) {
                s.peer().break_output(std::errc::connection_reset);
                s.stream() << "lost" << std::flush;
              }),
      talking("canceled", [](subject& s) { s.stream().cancel(); }),
      talking("half_closed", [](subject& s) { s.stream().shutdown_write(); }),
      talking("unwrapped",
              [](subject& s) {
                s.peer().close_notify();
                s.stream().unwrap();
              }),
      talking("expired", [](subject& s) { s.stream().expires_after(std::chrono::seconds(-1)); }),
      talking("closed", [](subject& s) { s.stream().close(); }),
      plain("closed_unused",
            [](subject& s) {
              s.be_open();
              s.stream().close();
            }),
      {"seen_by_two_threads", [](subject& s, const std::function<void()>& f) {
         s.be_in_conversation();
         const ssl_duplex views(s.stream());
         f();
       }}};
  all.push_back(plain("refused_a_connection", [](subject& s) { s.be_refused_a_connection(); }));
  all.back().has_peer = false;
  all.push_back(
      {"calling_back", [](subject& s, const std::function<void()>& f) { s.be_called_back(f); }});
  all.back().has_peer = false;
  return all;
}

const std::string& silent_port() {
  static const std::string port = [] {
    const listening l = listen_on_loopback();
    return std::to_string(l.port);
  }();
  return port;
}

}  // namespace test
}  // namespace iostls
