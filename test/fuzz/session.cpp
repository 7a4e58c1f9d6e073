// SPDX-License-Identifier: Apache-2.0
// A server, or with -DIOSTLS_FUZZ_CLIENT a client, that talks to a real peer through an attacker.
// Whatever the attacker does: what is delivered is the beginning of what the peer said, each way; an
// end is an end-of-file only if the peer said so; no operation throws, hangs or spins.
//
// Input: protocol version and kind of peer; how many operations, and which; then the peer's script.
#include <iostls/ssl_stream.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "fixture.hpp"
#include "fuzz_input.hpp"
#include "scripted_peer.hpp"

namespace iostls {
namespace fuzz {
namespace {

#ifdef IOSTLS_FUZZ_CLIENT
constexpr bool stream_is_server = false;
#else
constexpr bool stream_is_server = true;
#endif

context_options options_of(tls_version version) {
  context_options options =
      stream_is_server ? test::server_options(version) : test::client_options(version);
  options.ca_certificates = pem_text(test::test_authority().certificate());
  options.certificate = pem_text(test::localhost().certificate);
  options.key = pem_text(test::localhost().key);
  if (stream_is_server) options.verify = verify_mode::optional;
  return options;
}

test::peer_options peer_of(tls_version version) {
  test::peer_options options =
      test::peer_of(stream_is_server ? test::role::server : test::role::client, version);
  options.certificate = test::localhost().certificate;
  options.key = test::localhost().key;
  options.ca = test::test_authority().certificate();
  return options;
}

// What the runs with one version of the protocol share.
struct setting_up {
  explicit setting_up(tls_version version)
      : ours(stream_is_server ? ssl_context::server(options_of(version))
                              : ssl_context::client(options_of(version))),
        honest(test::make_peer_context(peer_of(version))),
        forging(test::make_peer_context(forge.prepared(peer_of(version)))) {
    SSL_CTX_set_verify(honest.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_clear_options(honest.get(), SSL_OP_NO_RENEGOTIATION);
  }

  const ssl_context ours;
  test::record_forge forge;
  const std::shared_ptr<SSL_CTX> honest, forging;
};

setting_up& shared(tls_version version) {
  static std::map<tls_version, setting_up> made;
  const auto found = made.find(version);
  return found != made.end() ? found->second : made.try_emplace(version, version).first->second;
}

std::unique_ptr<ssl_stream> make_stream(std::unique_ptr<transport> transport,
                                        const ssl_context& context, bool strict) {
  connection_options options;
  options.require_close_notify = strict;
  if (stream_is_server) {
    return std::make_unique<ssl_server_stream>(std::move(transport), context, options);
  }
  return std::make_unique<ssl_client_stream>(std::move(transport), context, options);
}

// The program on our side: what it has read and written so far.
class conversation {
 public:
  explicit conversation(ssl_stream& stream) : stream_(stream) {}

  void operate(fuzz_input& input) {
    switch (input.byte() % 10) {
      case 0:
        return read_line();
      case 1:
        return read(input.below(40000));
      case 2:
        return write(input.below(40000));
      case 3:
        return write(input.below(16));
      case 4:
        stream_.flush();
        break;
      case 5:
        stream_.rdbuf()->in_avail();
        break;
      case 6:
        stream_.shutdown_write();
        break;
      case 7:
        complete_handshake();
        break;
      case 8:
        stream_.clear();
        break;
      default:
        read_character();
    }
  }

  void read_to_end() {
    while (stream_) read(16384);
  }

  const std::string& delivered() const noexcept { return delivered_; }
  const std::string& written() const noexcept { return written_; }

 private:
  void read_line() {
    std::string line;
    if (std::getline(stream_, line)) {
      delivered_ += line;
      if (!stream_.eof()) delivered_ += '\n';
    } else {
      delivered_ += line;
    }
  }

  void read(std::size_t size) {
    std::string data(size, '\0');
    stream_.read(&data[0], static_cast<std::streamsize>(size));
    delivered_.append(data, 0, static_cast<std::size_t>(stream_.gcount()));
  }

  void read_character() {
    const int c = stream_.get();
    if (c != std::char_traits<char>::eof()) delivered_ += static_cast<char>(c);
  }

  // What failed may have been sent in part; then nothing may follow. A stream that has failed
  // already does not even try.
  void write(std::size_t size) {
    if (!stream_.good()) return;
    const std::string data(size, static_cast<char>('A' + written_.size() % 26));
    written_ += data;
    stream_ << data;
  }

  void complete_handshake() {
    try {
      stream_.do_handshake();
      stream_.info();
      stream_.peer_certificate();
    } catch (const ssl_error&) {
      expect(stream_.bad(), "a handshake that fails sets badbit");
    }
  }

  ssl_stream& stream_;
  std::string delivered_, written_;
};

bool begins_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

}  // namespace

void prepare() {
  shared(tls_version::tls1_2);
  shared(tls_version::tls1_3);
}

void run(fuzz_input input) {
  const unsigned flags = input.byte();
  const tls_version version = (flags & 1) != 0 ? tls_version::tls1_2 : tls_version::tls1_3;
  const bool forging = (flags & 2) != 0, strict = (flags & 4) == 0;
  setting_up& set = shared(version);
  std::string operations = input.text(3 * (input.byte() % 16));
  scripted_peer peer(forging ? set.forging.get() : set.honest.get(), !stream_is_server,
                     forging ? &set.forge : nullptr, input);
  const auto stream = make_stream(peer.make_transport(), set.ours, strict);
  conversation talk(*stream);
  fuzz_input program(reinterpret_cast<const std::uint8_t*>(operations.data()), operations.size());
  while (!program.empty()) talk.operate(program);
  talk.read_to_end();

  expect(begins_with(peer.said(), talk.delivered()), "what is delivered is what the peer said");
  if (strict && stream->eof() && !stream->bad()) {
    expect(peer.said_end(), "an end-of-file was said by the peer");
    expect(talk.delivered().size() >= peer.said_before_end(), "nothing is lost before the end");
  }
  stream->clear();
  stream->close();
  expect(begins_with(talk.written(), peer.heard()), "what the peer hears is what was written");
  expect(!stream->is_open(), "a closed stream is closed");
  expect_no_openssl_error();
}

}  // namespace fuzz
}  // namespace iostls
