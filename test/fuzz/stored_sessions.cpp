// SPDX-License-Identifier: Apache-2.0
// Sessions that were stored: their bytes are read, or refused by an ssl_error that has the reason. A
// client that is to resume what was read talks to the server that it wants, or to none. Sessions are
// made when the fuzzer starts.
//
// Input: which session to start from; then edits of its bytes, or for no session, the bytes.
#include <iostls/certificate.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/ssl_session.hpp>
#include <iostls/ssl_stream.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "credential_fuzzing.hpp"
#include "fixture.hpp"
#include "fuzz_input.hpp"
#include "scripted_peer.hpp"

namespace iostls {
namespace fuzz {
namespace {

// A server of one version, which sends a word to each client, and a client of all versions.
struct two_ends {
  explicit two_ends(tls_version version)
      : server(test::make_peer_context(test::server_peer(version))),
        client(ssl_context::client(test::client_options())) {}

  const std::shared_ptr<SSL_CTX> server;
  const ssl_context client;
};

// Has the server say what it has to say in a handshake, and then one byte, so that the session is
// good afterwards: it would not be after an end that comes too early.
constexpr std::uint8_t script[] = {0, 0, 16, 0, 0, 0};

struct outcome {
  bool resumed = false;
  ssl_session session;
};

// Does the handshake, and returns the result. A client that fails reports why.
outcome talked(const two_ends& ends, const ssl_session& session) {
  fuzz_input input(script, sizeof script);
  scripted_peer peer(ends.server.get(), true, nullptr, input);
  connection_options own;
  own.session = session;
  ssl_client_stream stream(peer.make_transport(), ends.client, own);
  try {
    stream.do_handshake();
    expect(stream.info().verified, "a server is verified, then or now");
    expect(stream.peer_certificate().matches("localhost"), "it is the one that was asked for");
    stream.get();
    return {stream.info().resumed, stream.session()};
  } catch (const ssl_error& e) {
    expect(stream.bad() && e.code(), "a handshake that fails sets badbit");
    return {};
  }
}

struct stored {
  explicit stored(tls_version version)
      : ends(version), bytes(talked(ends, ssl_session()).session.to_bytes()) {
    expect(!bytes.empty(), "there is a session to begin with");
  }

  const two_ends ends;
  const std::string bytes;
};

const std::array<stored, 2>& sessions() {
  static const std::array<stored, 2> made{stored(tls_version::tls1_2), stored(tls_version::tls1_3)};
  return made;
}

std::string make_bytes(unsigned which, fuzz_input& input) {
  if (which >= 2 * sessions().size()) return input.rest();
  std::string bytes = sessions()[which / 2].bytes;
  edit_some(bytes, input);
  return bytes;
}

bool is_read(const std::string& bytes, ssl_session& session) {
  bool read = false;
  try {
    session = ssl_session::from_bytes(bytes);
    read = true;
  } catch (const ssl_error& e) {
    expect(e.code() == ssl_errc::bad_credentials, e.what());
    expect(e.operation() == "session", "the error names what was wrong");
  }
  expect_no_openssl_error();
  return read;
}

}  // namespace

void prepare() { sessions(); }

void run(fuzz_input input) {
  const unsigned which = input.byte() % (2 * sessions().size() + 1);
  const std::string given = make_bytes(which, input);
  ssl_session session, again;
  if (!is_read(given, session)) return;
  expect(session.state() == nullptr || !session.protocol().empty(), "a session has a version");
  const std::string bytes = session.to_bytes();
  expect(is_read(bytes, again), "what we have written can be read");
  expect(again.to_bytes() == bytes, "a session is the same after writing and reading");
  const stored& server = sessions()[which % 2];
  const bool resumed = talked(server.ends, session).resumed;
  expect(resumed || given != server.bytes, "a session that nobody has changed is resumed");
  expect_no_openssl_error();
}

}  // namespace fuzz
}  // namespace iostls
