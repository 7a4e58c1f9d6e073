// SPDX-License-Identifier: Apache-2.0
// An OpenSSL peer in the stream's own thread, and an attacker between the two: each time the stream
// waits for input, the fuzzer's bytes choose what happens next.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <openssl/ssl.h>
#include <iostls/transport.hpp>

#include "fuzz_input.hpp"
#include "record_forge.hpp"

namespace iostls {
namespace fuzz {

class scripted_peer {
 public:
  // With a forge that its context was made with, the peer's records after the handshake are forged:
  // whole and in order, with contents that OpenSSL would not send. Without, they are OpenSSL's.
  scripted_peer(SSL_CTX* context, bool server, test::record_forge* forge, fuzz_input& script);
  scripted_peer(const scripted_peer&) = delete;
  scripted_peer& operator=(const scripted_peer&) = delete;
  ~scripted_peer();

  // The stream's end of the connection, which this object must outlive.
  std::unique_ptr<transport> make_transport();

  // All data that the peer said, whether or not it has arrived.
  const std::string& said() const noexcept { return said_; }
  // Whether the peer said anything that may be taken for its end, and how much data came before.
  bool said_end() const noexcept { return said_end_; }
  std::size_t said_before_end() const noexcept { return said_before_end_; }
  // The data that has reached the peer.
  const std::string& heard() const noexcept { return heard_; }

 private:
  class end;

  io_result give(void* data, std::size_t size);
  io_result take(const void* data, std::size_t size);
  std::error_code await_input();
  std::error_code await_room();

  void step();
  void speak();
  void speak_forged(unsigned choice);
  void forge(char type, const std::string& text);
  void note_end();
  void listen();
  std::string words();
  void tamper(unsigned choice);

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* in_;  // both are the SSL's
  BIO* out_;
  test::record_forge* const forge_;
  fuzz_input& script_;
  bool taken_over_ = false;

  std::string said_, heard_;
  bool said_end_ = false;
  std::size_t said_before_end_ = 0;

  std::string forged_;   // not yet on the wire
  std::string held_;     // taken off the wire, to come later
  std::string arrived_;  // at the stream, which has taken `given_` bytes of it
  std::size_t given_ = 0;
  std::size_t step_size_ = static_cast<std::size_t>(-1);
  unsigned small_steps_ = 0;
  bool pause_ = false;  // the next read finds nothing
  std::size_t room_ = static_cast<std::size_t>(-1);
  bool ended_ = false;
  std::error_code broken_;
  unsigned calls_ = 0;
};

}  // namespace fuzz
}  // namespace iostls
