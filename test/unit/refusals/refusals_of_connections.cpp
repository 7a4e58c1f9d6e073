// SPDX-License-Identifier: Apache-2.0
// The catalogue's connections that end otherwise than in order, after the handshake.
#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "event.hpp"
#include "refusal_scenes.hpp"
#include "refusals.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;

// A client whose server does something after the handshake, and stays until the client is done.
std::string beside(const std::function<void(tls_peer&)>& server,
                   const std::function<std::string(ssl_stream&)>& client) {
  descriptor_pair pair = tcp_pair();
  event done;
  task running([&] {
    tls_peer peer(std::move(pair.a), server_peer());
    if (peer.handshake()) server(peer);
    done.wait();
  });
  const auto s = make_stream(role::client, std::move(pair.b), hasty(client_options()));
  s->do_handshake();
  std::string text = client(*s);
  done.happen();
  return text;
}

void stay(tls_peer&) {}

std::string message_of(const ssl_stream& s) {
  return s.last_error() != nullptr ? s.last_error()->what() : "nothing was refused";
}

std::string with_read_timeout() {
  return beside(stay, [](ssl_stream& s) {
    s.read_timeout(milliseconds(20));
    return failure_of(s);
  });
}

std::string with_deadline() {
  return beside(stay, [](ssl_stream& s) {
    s.expires_after(milliseconds(20));
    return failure_of(s);
  });
}

std::string with_a_look_after_the_deadline() {
  return beside(stay, [](ssl_stream& s) {
    s.expires_after(milliseconds(0));
    s.wait_readable(milliseconds(0));
    return failure_of(s);
  });
}

std::string when_canceled() {
  return beside(stay, [](ssl_stream& s) {
    s.cancel();
    return failure_of(s);
  });
}

std::string when_woken() {
  return beside(stay, [](ssl_stream& s) {
    s.wake();
    return failure_of(s);
  });
}

std::string when_cut() {
  return beside([](tls_peer& p) { p.half_close(); }, failure_of);
}

std::string when_reset() {
  return beside([](tls_peer& p) { p.reset(); }, failure_of);
}

std::string when_garbled() {
  return beside([](tls_peer& p) { p.send_raw("HTTP/1.1 500 Sorry\r\n\r\n"); }, failure_of);
}

std::string when_altered() {
  return beside(
      [](tls_peer& p) {
        p.send_raw(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
      },
      failure_of);
}

std::string after_closing() {
  return beside(stay, [](ssl_stream& s) {
    s.close();
    s.clear();
    s.put('x');
    return message_of(s);
  });
}

std::string without_opening() {
  ssl_client_stream s;
  return failure_of(s);
}

}  // namespace

void add_refusals_of_connections(catalogue& to) {
  to.heading("an established connection");
  to.add("the server is silent, within read_timeout", with_read_timeout());
  to.add("the server is silent until expiry()", with_deadline());
  to.add("a look when expiry() has passed", with_a_look_after_the_deadline());
  to.add("canceled by this side", when_canceled());
  to.add("woken by this side", when_woken());
  to.add("cut", when_cut());
  to.add("reset", when_reset());
  to.add("the server goes on without TLS", when_garbled());
  to.add("altered on its way", when_altered());
  to.add("closed by this side", after_closing());
  to.add("never opened", without_opening());
}

}  // namespace test
}  // namespace iostls
