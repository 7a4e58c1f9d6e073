// SPDX-License-Identifier: Apache-2.0
// A client's hello, of the fuzzer's extensions and lists, before a server's function that chooses by it.
// What the function sees is what OpenSSL sees: a name that it is not shown is served to nobody.
//
// Input: what the function does; how many bytes arrive at a time; then the hello after its fixed part, as OpenSSL
// has it, and further records, if any.
#include <iostls/ssl_stream.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fixture.hpp"
#include "fuzz_input.hpp"
#include "negotiation/hello_fields.hpp"
#include "playback.hpp"

namespace iostls {
namespace fuzz {
namespace {

std::string number(std::size_t value, unsigned size) {
  std::string text;
  for (unsigned i = size; i-- != 0;) text += static_cast<char>(value >> 8 * i & 0xff);
  return text;
}

// A record with a message whose version, random number and session id are in order.
std::string hello_of(const std::string& rest) {
  const std::string body = "\x03\x03" + std::string(32, 'r') + number(0, 1) + rest;
  const std::string message = "\x01" + number(body.size(), 3) + body;
  return "\x16\x03\x01" + number(message.size(), 2) + message;
}

void check(const client_hello& hello, const std::string& sent) {
  expect(!hello.raw.empty() && hello.raw[0] == '\x01', "the message is a hello");
  expect(hello.raw.size() >= 4 && hello.raw.size() <= sent.size(),
         "it is not longer than what came");
  expect(sent.find(hello.raw) != std::string::npos, "it is what was sent");
  expect(hello.server_name.empty() || hello.raw.find(hello.server_name) != std::string::npos,
         "the name is in it");
  for (const std::string& protocol : hello.alpn) {
    expect(!protocol.empty() && hello.raw.find(protocol) != std::string::npos, "so are protocols");
  }
  expect(!hello.versions.empty(), "there is a version");
}

client_hello_answer answer_of(unsigned choice, const ssl_context& other) {
  static const server_credential credential = [] {
    credential_source source;
    source.certificate = pem_text(test::localhost().both());
    return server_credential(source);
  }();
  switch (choice % 4) {
    case 0:
      return {};
    case 1:
      return other;
    case 2:
      return credential;
    default:
      return tls_alert::access_denied;
  }
}

struct scene {
  unsigned choice = 0;
  std::string sent;
  unsigned calls = 0;
};

const ssl_context& context_for(scene*& now) {
  static const ssl_context other = ssl_context::server(test::server_options());
  static const ssl_context context = [&now] {
    context_options options = test::server_options();
    options.on_client_hello = [&now](const client_hello& hello) {
      expect(++now->calls == 1, "it is called once");
      check(hello, now->sent);
      return answer_of(now->choice, other);
    };
    return ssl_context::server(options);
  }();
  return context;
}

}  // namespace

void prepare() { test::localhost(); }

void run(fuzz_input input) {
  static scene* now = nullptr;
  scene mine;
  now = &mine;
  mine.choice = input.byte();
  const std::size_t step = input.byte() + 1;
  const std::string rest = input.rest();
  detail::first_message(rest);  // whatever there is
  mine.sent = hello_of(rest.substr(0, 16000));
  ssl_server_stream stream(std::make_unique<playback>(mine.sent, step), context_for(now));
  std::string line;
  expect(!std::getline(stream, line) && line.empty(), "nothing is delivered");
  expect(stream.bad() && stream.error(), "an end during the handshake is an error");
  stream.clear();
  stream.close();
  expect_no_openssl_error();
}

}  // namespace fuzz
}  // namespace iostls
