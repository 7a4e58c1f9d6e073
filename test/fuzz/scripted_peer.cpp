// SPDX-License-Identifier: Apache-2.0
#include "scripted_peer.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>

namespace iostls {
namespace fuzz {
namespace {

constexpr unsigned call_limit = 100000;
// Each takes three calls: a read, one that finds nothing, and a wait.
constexpr unsigned small_step_limit = 20000;

// The peer works within the stream's calls of OpenSSL, and must leave their errors as they are.
class own_errors {
 public:
  own_errors() { ERR_set_mark(); }
  own_errors(const own_errors&) = delete;
  own_errors& operator=(const own_errors&) = delete;
  ~own_errors() { ERR_pop_to_mark(); }
};

// What a record of TLS 1.3 with such contents means: the last byte that is not zero is the
// type (RFC 8446, 5.2).
char strip_padding(std::string& text) {
  const std::size_t last = text.find_last_not_of('\0');
  const char type = last == std::string::npos ? '\0' : text[last];
  text.resize(last == std::string::npos ? 0 : last);
  return type;
}

}  // namespace

class scripted_peer::end final : public transport {
 public:
  explicit end(scripted_peer& peer) : peer_(peer) {}
  io_result read_some(void* data, std::size_t size) noexcept override {
    return peer_.give(data, size);
  }
  io_result write_some(const void* data, std::size_t size) noexcept override {
    return peer_.take(data, size);
  }
  std::error_code wait(event what, time_point) noexcept override {
    return what == event::readable ? peer_.await_input() : peer_.await_room();
  }
  void shutdown_write() noexcept override {}
  void cancel() noexcept override {}
  std::error_code close() noexcept override { return {}; }

 private:
  scripted_peer& peer_;
};

scripted_peer::scripted_peer(SSL_CTX* context, bool server, test::record_forge* forge,
                             fuzz_input& script)
    : ssl_(SSL_new(context), SSL_free),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())),
      forge_(forge),
      script_(script) {
  SSL_set_bio(ssl_.get(), in_, out_);
  if (server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
    SSL_set_tlsext_host_name(ssl_.get(), "localhost");
    listen();
  }
}

scripted_peer::~scripted_peer() = default;

std::unique_ptr<transport> scripted_peer::make_transport() { return std::make_unique<end>(*this); }

io_result scripted_peer::give(void* data, std::size_t size) {
  expect(++calls_ < call_limit, "reading comes to an end");
  if (arrived_.empty() && broken_) return {0, broken_};
  if (arrived_.empty() && ended_) return {};
  if (arrived_.empty() || std::exchange(pause_, false)) {
    return {0, std::make_error_code(std::errc::operation_would_block)};
  }
  const std::size_t n = arrived_.copy(static_cast<char*>(data), std::min(size, step_size_), given_);
  given_ += n;
  if (given_ == arrived_.size()) {
    arrived_.clear();
    given_ = 0;
  }
  pause_ = step_size_ < size;
  if (pause_ && ++small_steps_ >= small_step_limit) step_size_ = static_cast<std::size_t>(-1);
  return {n, {}};
}

io_result scripted_peer::take(const void* data, std::size_t size) {
  expect(++calls_ < call_limit, "writing comes to an end");
  if (broken_) return {0, broken_};
  size = std::min(size, room_);
  if (size == 0) return {0, std::make_error_code(std::errc::operation_would_block)};
  room_ -= room_ == static_cast<std::size_t>(-1) ? 0 : size;
  BIO_write(in_, data, static_cast<int>(size));
  listen();
  return {size, {}};
}

std::error_code scripted_peer::await_input() {
  expect(++calls_ < call_limit, "waiting comes to an end");
  pause_ = false;
  while (arrived_.empty() && !ended_ && !broken_) step();
  return {};
}

std::error_code scripted_peer::await_room() {
  expect(++calls_ < call_limit, "waiting comes to an end");
  if (room_ == 0) room_ = script_.empty() ? static_cast<std::size_t>(-1) : script_.below(4096) + 1;
  return {};
}

// Takes in what has come, which also moves the handshake on.
void scripted_peer::listen() {
  const own_errors guard;
  if (SSL_do_handshake(ssl_.get()) != 1) return;
  if (forge_ != nullptr && !std::exchange(taken_over_, true)) forge_->take_over(ssl_.get());
  std::string data(16384, '\0');
  std::size_t n = 0;
  while (SSL_read_ex(ssl_.get(), &data[0], data.size(), &n) == 1) heard_.append(data, 0, n);
}

// All that the peer has to say now. What OpenSSL would say in the place of a forge is left out, as
// it would have the number of a record that is forged.
std::string scripted_peer::words() {
  std::string text(BIO_ctrl_pending(out_), '\0');
  if (!text.empty()) BIO_read(out_, &text[0], static_cast<int>(text.size()));
  if (taken_over_ && !forged_.empty()) text.clear();
  return text + std::exchange(forged_, std::string());
}

void scripted_peer::step() {
  const unsigned choice = script_.byte();
  if (script_.empty() && choice == 0) {
    arrived_ = words();
    ended_ = arrived_.empty();
  } else if (choice < 16) {
    arrived_ = words();
  } else if (choice < 128) {
    speak();
  } else {
    tamper(choice);
  }
}

void scripted_peer::note_end() {
  if (std::exchange(said_end_, true)) return;
  said_before_end_ = said_.size();
}

void scripted_peer::speak() {
  if (SSL_is_init_finished(ssl_.get()) != 1) {
    arrived_ = words();
    return;
  }
  const own_errors guard;
  const unsigned choice = script_.byte() % 8;
  if (taken_over_) return speak_forged(choice);
  if (choice < 4) {
    const std::string data(script_.below(20000) + 1, static_cast<char>('a' + choice));
    std::size_t n = 0;
    if (SSL_write_ex(ssl_.get(), data.data(), data.size(), &n) == 1) said_ += data;
  } else if (choice == 4) {
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(ssl_.get());
  } else if (choice == 5) {
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(ssl_.get());
  } else if (choice == 6) {
    SSL_renegotiate(ssl_.get());
    SSL_do_handshake(ssl_.get());
  } else if (SSL_shutdown(ssl_.get()) >= 0) {
    note_end();
  }
}

void scripted_peer::speak_forged(unsigned choice) {
  if (choice < 3) {
    forge(test::record_forge::data, std::string(script_.below(4096), 'f'));
  } else if (choice == 3) {
    forge(test::record_forge::alert, script_.text(script_.below(8)));
  } else if (choice == 4) {
    forge(test::record_forge::handshake, script_.text(script_.below(512)));
  } else if (choice == 5 && SSL_version(ssl_.get()) == TLS1_3_VERSION) {
    forged_ += forge_->key_update();
  } else if (choice == 6) {
    forge(test::record_forge::alert, std::string("\1\0", 2));
  } else {
    const char type = static_cast<char>(script_.byte());
    forge(type, script_.text(script_.below(512)));
  }
}

void scripted_peer::forge(char type, const std::string& text) {
  forged_ += forge_->record(type, text);
  std::string inner = text;
  if (SSL_version(ssl_.get()) == TLS1_3_VERSION) type = strip_padding(inner += type);
  if (type == test::record_forge::data) said_ += inner;
  if (type == test::record_forge::alert) note_end();
}

void scripted_peer::tamper(unsigned choice) {
  std::string text = words();
  switch (choice % 11) {
    case 0:
      if (!text.empty()) text[script_.below(text.size())] ^= static_cast<char>(script_.byte());
      break;
    case 1:
      text.resize(std::min(text.size(), script_.below(4096)));
      break;
    case 2:
      text.insert(script_.below(text.size() + 1), script_.text(script_.byte()));
      break;
    case 3:
      text += text;
      break;
    case 4:
      std::swap(text, held_);
      break;
    case 5: {
      const std::string bytes = script_.text(script_.byte());
      text = static_cast<char>(20 + script_.byte() % 5) + std::string("\x03\x03") +
             test::big_endian(bytes.size(), 2) + bytes + text;
      break;
    }
    case 6:
      text.erase(0, script_.below(text.size() + 1));
      break;
    case 7:
      step_size_ = script_.byte() + 1;
      break;
    case 8:
      room_ = script_.below(4096);
      break;
    case 9:
      ended_ = true;
      break;
    default:
      broken_ = std::make_error_code(std::errc::connection_reset);
  }
  arrived_ = std::move(text);
}

}  // namespace fuzz
}  // namespace iostls
