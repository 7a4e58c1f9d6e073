// SPDX-License-Identifier: Apache-2.0
// An OpenSSL peer in the stream's own thread: what is written to it, it takes in at once, and what
// it sends is there to be read at once. So a test knows what has arrived and when, to the byte.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <iostls/ssl_stream.hpp>

#include "dialogue.hpp"
#include "fixture.hpp"
#include "memory_transport.hpp"
#include "pem.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace test {

// Made by std::make_shared: its transport keeps it alive.
class immediate_peer : public std::enable_shared_from_this<immediate_peer> {
 public:
  explicit immediate_peer(const peer_options& options)
      : immediate_peer(options, make_peer_context(options)) {}
  immediate_peer(const peer_options& options, std::shared_ptr<SSL_CTX> context)
      : context_(std::move(context)), ssl_(SSL_new(context_.get()), SSL_free) {
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    require(ssl_ && in_ != nullptr && out_ != nullptr, "SSL_new");
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_msg_callback(ssl_.get(), count_record);
    SSL_set_msg_callback_arg(ssl_.get(), this);
    if (options.server) {
      SSL_set_accept_state(ssl_.get());
    } else {
      SSL_set_connect_state(ssl_.get());
      SSL_set_tlsext_host_name(ssl_.get(), options.server_name.c_str());
      take_in();
    }
  }

  // The stream's end of the connection.
  std::unique_ptr<transport> make_transport() { return std::make_unique<end>(shared_from_this()); }

  // A record of at most 16 KiB; sent as soon as the handshake is done.
  void send(const std::string& record) {
    later_.push_back(record);
    take_in();
  }
  void send_in_records(const std::string& data, std::size_t record_size) {
    for (std::size_t i = 0; i < data.size(); i += record_size) send(data.substr(i, record_size));
  }
  // From its next record on, in TLS 1.3.
  void update_key(int how = SSL_KEY_UPDATE_NOT_REQUESTED) {
    require(SSL_key_update(ssl_.get(), how) == 1, "SSL_key_update");
    take_in();
  }
  void close_notify() {
    ERR_clear_error();
    require(SSL_shutdown(ssl_.get()) >= 0, "SSL_shutdown");
  }

  // After what was sent, reading comes to an end of the transport, which is no close_notify.
  void cut() { cut_ = true; }
  // After what was sent, reading fails.
  void break_input(std::errc why) { input_error_ = std::make_error_code(why); }
  // Whether what it sends stays where it is, for now.
  void be_slow(bool on) { slow_ = on; }
  // After so many more bytes, writing fails.
  void break_output(std::errc why, std::size_t after = 0) {
    output_error_ = std::make_error_code(why);
    room_ = after;
  }
  // After so many more bytes, writing has to wait, for ever, until it is allowed again.
  void block_output(std::size_t after = 0) { room_ = after; }
  void allow_output() {
    room_ = static_cast<std::size_t>(-1);
    output_error_ = {};
  }

  // The data that has arrived; and the same, which is forgotten then.
  const std::string& received() const noexcept { return received_; }
  std::string take_received() { return std::exchange(received_, std::string()); }
  // The records that have arrived since the last call, of all kinds.
  int new_records() noexcept { return std::exchange(records_, 0); }
  bool got_close_notify() const noexcept {
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

  // Called when the stream waits for input and there is none: the peer may say something now.
  std::function<void()> on_wait;
  // Called when the stream waits for room and there is none.
  std::function<void()> on_full;

 private:
  class end final : public transport {
   public:
    explicit end(std::shared_ptr<immediate_peer> peer) : peer_(std::move(peer)) {}
    io_result read_some(void* data, std::size_t size) noexcept override {
      return peer_->give(data, size);
    }
    io_result write_some(const void* data, std::size_t size) noexcept override {
      return peer_->accept(data, size);
    }
    std::error_code wait(event what, time_point deadline) noexcept override {
      return what == event::readable ? peer_->await_words(deadline) : peer_->await_room(deadline);
    }
    void shutdown_write() noexcept override {}
    void cancel() noexcept override {
      peer_->break_input(std::errc::operation_canceled);
      peer_->break_output(std::errc::operation_canceled);
    }
    std::error_code close() noexcept override { return {}; }

   private:
    const std::shared_ptr<immediate_peer> peer_;
  };

  static void count_record(int written, int, int type, const void*, size_t, SSL*, void* self) {
    if (written == 0 && type == SSL3_RT_HEADER) ++static_cast<immediate_peer*>(self)->records_;
  }

  io_result give(void* data, std::size_t size) {
    if (slow_) return {0, std::make_error_code(std::errc::operation_would_block)};
    if (BIO_pending(out_) > 0) {
      return {static_cast<std::size_t>(BIO_read(out_, data, static_cast<int>(size))), {}};
    }
    if (cut_) return {};
    if (input_error_) return {0, input_error_};
    return {0, std::make_error_code(std::errc::operation_would_block)};
  }

  io_result accept(const void* data, std::size_t size) {
    size = std::min(size, room_);
    if (size == 0 && output_error_) return {0, output_error_};
    if (size == 0) return {0, std::make_error_code(std::errc::operation_would_block)};
    room_ -= size;
    BIO_write(in_, data, static_cast<int>(size));
    take_in();
    return {size, {}};
  }

  bool has_room() const { return room_ != 0 || output_error_; }
  bool has_words() const { return !slow_ && (BIO_pending(out_) > 0 || cut_ || input_error_); }

  std::error_code await_words(transport::time_point deadline) {
    if (!has_words() && on_wait) on_wait();
    return has_words() ? std::error_code() : wait_in_vain(deadline);
  }

  std::error_code await_room(transport::time_point deadline) {
    if (!has_room() && on_full) on_full();
    return has_room() ? std::error_code() : wait_in_vain(deadline);
  }

  // Nothing will happen before the deadline, so that one need not wait for it.
  static std::error_code wait_in_vain(transport::time_point deadline) {
    if (deadline == (transport::time_point::max)()) {
      ADD_FAILURE() << "the stream waits for what will never come";
    }
    return std::make_error_code(std::errc::timed_out);
  }

  void take_in() {
    ERR_clear_error();
    if (SSL_do_handshake(ssl_.get()) == 1) {
      say_what_waits();
      std::string data(16384, '\0');
      std::size_t n = 0;
      while (SSL_read_ex(ssl_.get(), &data[0], data.size(), &n) == 1) received_.append(data, 0, n);
    }
    ERR_clear_error();
  }

  void say_what_waits() {
    for (const std::string& record : std::exchange(later_, {})) {
      std::size_t n = 0;
      require(SSL_write_ex(ssl_.get(), record.data(), record.size(), &n) == 1, "SSL_write_ex");
    }
  }

  std::shared_ptr<SSL_CTX> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* in_ = nullptr;  // both are the SSL's
  BIO* out_ = nullptr;
  std::vector<std::string> later_;
  std::string received_;
  int records_ = 0;
  bool cut_ = false;
  bool slow_ = false;
  std::size_t room_ = static_cast<std::size_t>(-1);
  std::error_code input_error_, output_error_;
};

// Making contexts takes longer than a conversation: most tests share these.
inline const std::shared_ptr<SSL_CTX>& shared_peer_context(const variant& v) {
  static std::map<std::pair<role, tls_version>, std::shared_ptr<SSL_CTX>> made;
  std::shared_ptr<SSL_CTX>& context = made[{v.stream, v.version}];
  if (!context) context = make_peer_context(peer_of(v.stream, v.version));
  return context;
}

inline ssl_context make_context(const variant& v) {
  const context_options options = stream_options(v.stream, v.version);
  return v.stream == role::server ? ssl_context::server(options) : ssl_context::client(options);
}

inline const ssl_context& shared_context(const variant& v) {
  static std::map<std::pair<role, tls_version>, ssl_context> made;
  const auto key = std::make_pair(v.stream, v.version);
  const auto found = made.find(key);
  return found != made.end() ? found->second : made.emplace(key, make_context(v)).first->second;
}

// A peer, and a stream that talks to it through a transport that counts and may be made faulty.
struct duologue {
  using tuning = std::function<void(connection_options&)>;

  explicit duologue(const variant& v, const tuning& tune = {})
      : kept(std::make_shared<immediate_peer>(peer_of(v.stream, v.version),
                                              shared_peer_context(v))) {
    connection_options options;
    options.close_timeout = std::chrono::milliseconds(0);
    if (tune) tune(options);
    auto transport = faulty_transport(peer.make_transport(), wire);
    if (v.stream == role::server) {
      stream =
          std::make_unique<ssl_server_stream>(std::move(transport), shared_context(v), options);
    } else {
      stream =
          std::make_unique<ssl_client_stream>(std::move(transport), shared_context(v), options);
    }
  }

  ssl_streambuf& buffer() { return *stream->rdbuf(); }

  const std::shared_ptr<immediate_peer> kept;
  immediate_peer& peer = *kept;
  const std::shared_ptr<transport_script> wire = std::make_shared<transport_script>();
  std::unique_ptr<ssl_stream> stream;
};

inline std::unique_ptr<duologue> in_conversation(const variant& v,
                                                 const duologue::tuning& tune = {}) {
  auto d = std::make_unique<duologue>(v, tune);
  d->stream->do_handshake();
  d->buffer().pubsync();  // sends a server's session tickets
  d->peer.new_records();
  return d;
}

// Bytes of which each shows where it belongs: no two stretches of three are alike nearby.
inline std::string numbered_bytes(std::size_t size) {
  std::string data(size, '\0');
  for (std::size_t i = 0; i != size; ++i) {
    data[i] = static_cast<char>((i % 251) ^ (i / 251 % 241) ^ (i / 60491));
  }
  return data;
}

// What a block read and a block write move.
inline std::string take(std::streambuf& buffer, std::size_t size) {
  std::string data(size, '\0');
  data.resize(static_cast<std::size_t>(buffer.sgetn(&data[0], static_cast<std::streamsize>(size))));
  return data;
}

inline std::streamsize put(std::streambuf& buffer, const std::string& data) {
  return buffer.sputn(data.data(), static_cast<std::streamsize>(data.size()));
}

}  // namespace test
}  // namespace iostls
