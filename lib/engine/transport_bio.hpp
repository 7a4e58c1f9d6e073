// SPDX-License-Identifier: Apache-2.0
// OpenSSL's BIO over a transport.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <system_error>

#include <openssl/bio.h>

#include <iostls/transport.hpp>

#include "engine/byte_buffer.hpp"

namespace iostls {
namespace detail {

// Neither side of it ever waits: OpenSSL reads what is there, and what it writes is gathered here
// until the engine sends it. So SSL_write never stops half-way, and a send that times out has lost
// no place to go on from.
class transport_bio {
 public:
  // The transport is attached before the first read.
  transport_bio() noexcept;
  transport_bio(const transport_bio&) = delete;
  transport_bio& operator=(const transport_bio&) = delete;
  ~transport_bio() = default;

  void attach(transport* transport) noexcept { transport_ = transport; }
  transport& attached() const noexcept { return *transport_; }

  // A new BIO that refers to this object, for SSL_set_bio; null if memory is short.
  BIO* new_bio() noexcept;

  // Input. While `busy`, a thread is reading from the transport on its own, and OpenSSL gets nothing.
  // Once the transport came up short, it is not asked again before `deposit` or `poll_again`; `assume_empty`
  // has it taken for short.
  void set_busy(bool busy) noexcept { busy_ = busy; }
  void poll_again() noexcept { dry_ = false; }
  void assume_empty() noexcept { dry_ = true; }
  // To be called before each call of OpenSSL that reads: it gets a portion, and then, as if there were
  // no more, has to be called again. Otherwise a peer that sends faster than OpenSSL takes in, and
  // nothing that OpenSSL would return, could hold its caller for ever.
  void begin_portion() noexcept { portion_ = 0; }
  // Asks the transport for what is there, though it came up short before. False if that is nothing now,
  // but may be more later. Not while `busy`.
  bool look() noexcept;
  bool has_input() const noexcept { return !busy_ && !ahead_.empty(); }
  bool input_ended() const noexcept { return ended_ || input_error_; }
  const std::error_code& input_error() const noexcept { return input_error_; }
  // Whether a byte has ever come.
  bool has_heard() const noexcept { return has_heard_; }
  // Whether OpenSSL has asked for more than there was before the end: a close_notify would have kept it
  // from that.
  bool end_was_told() const noexcept { return end_was_told_; }
  byte_buffer& ahead() noexcept { return ahead_; }
  // How many bytes the next read from the transport should ask for: it grows while reads come back
  // full, so that an idle connection waits with little memory.
  std::size_t ahead_size() const noexcept { return ahead_size_; }
  // What came of reading up to `ahead_size()` bytes from the transport into `ahead()`; counts them.
  void deposit(const io_result& result) noexcept;

  // What the peer has sent first of all, up to 32 bytes, until that is of no interest any more.
  std::string_view first_input() const noexcept { return {first_.data(), first_size_}; }
  void stop_keeping_first_input() noexcept { keeps_first_ = false; }

  // Output that OpenSSL has written and nobody has sent yet.
  byte_buffer& gathered() noexcept { return gathered_; }

 private:
  static BIO_METHOD* method() noexcept;
  static int on_create(BIO* bio) noexcept;
  static int on_read(BIO* bio, char* data, std::size_t size, std::size_t* got) noexcept;
  static int on_write(BIO* bio, const char* data, std::size_t size, std::size_t* put) noexcept;
  static long on_ctrl(BIO* bio, int command, long number, void* pointer) noexcept;

  bool read(char* data, std::size_t size, std::size_t& got) noexcept;
  void keep_first(std::string_view input) noexcept;

  transport* transport_ = nullptr;
  byte_buffer ahead_;
  std::size_t ahead_size_;
  byte_buffer gathered_;
  std::error_code input_error_;
  bool ended_ = false;
  bool has_heard_ = false;
  bool end_was_told_ = false;
  std::size_t portion_ = 0;  // how much was asked of the transport in this call of OpenSSL
  std::array<char, 32> first_{};
  std::size_t first_size_ = 0;
  bool keeps_first_ = true;
  bool dry_ = true;
  bool busy_ = false;
};

}  // namespace detail
}  // namespace iostls
