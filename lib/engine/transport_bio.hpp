// SPDX-License-Identifier: Apache-2.0
// OpenSSL's BIO over a transport.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <openssl/bio.h>

#include <iostls/transport.hpp>

#include "context/counter_block.hpp"
#include "context/traffic_counts.hpp"
#include "engine/byte_buffer.hpp"

namespace iostls {
namespace detail {

// Neither direction ever waits: OpenSSL reads what has arrived, and its output is gathered here
// until the engine sends it. So SSL_write never stops half-way, and after a send that timed out, it
// is known where to continue.
class transport_bio {
 public:
  // The transport is attached before the first read.
  transport_bio();
  transport_bio(const transport_bio&) = delete;
  transport_bio& operator=(const transport_bio&) = delete;
  ~transport_bio() = default;

  void attach(transport* transport) noexcept { transport_ = transport; }
  transport& attached() const noexcept { return *transport_; }

  // A new BIO that refers to this object, for SSL_set_bio; null if memory is short.
  BIO* new_bio() noexcept;
  // Gives a connection such a BIO, and has it count here. Throws ssl_error if memory is short.
  void serve(SSL* ssl, const char* operation);

  // Input. While `busy`, a thread is reading from the transport itself, and OpenSSL gets nothing.
  // Once the transport had less than was asked for, it is not asked again before `deposit` or
  // `poll_again`; `assume_empty` pretends that this has happened.
  void set_busy(bool busy) noexcept { busy_ = busy; }
  void poll_again() noexcept { dry_ = false; }
  void assume_empty() noexcept { dry_ = true; }
  // To be called before each call of OpenSSL that reads: it gets a limited portion, and then has to
  // be called again, as if there were no more. Otherwise a peer that sends faster than OpenSSL
  // processes, and only things that OpenSSL does not return, could block the caller for ever.
  void begin_portion() noexcept { portion_ = 0; }
  // Asks the transport for input, even if it had too little before. False if there is none now, but
  // may be later. Not while `busy`.
  bool look() noexcept;
  bool has_input() const noexcept { return !busy_ && !ahead_.empty(); }
  bool input_ended() const noexcept { return ended_ || input_error_; }
  const std::error_code& input_error() const noexcept { return input_error_; }
  // Whether any byte has arrived.
  bool has_heard() const noexcept { return has_heard_; }
  // Whether the end of the input was reported to OpenSSL, which has asked for more than there was:
  // after a close_notify, it would not have asked.
  bool has_reported_end() const noexcept { return reported_end_; }
  byte_buffer& ahead() noexcept { return ahead_; }
  // How many bytes the next read from the transport should ask for: it grows while reads return as
  // much as was asked for, so that an idle connection waits with little memory.
  std::size_t ahead_size() const noexcept;
  // Counts the result of reading up to `ahead_size()` bytes from the transport into `ahead()`.
  void deposit(const io_result& result) noexcept;

  // The first bytes from the peer, up to 32, until they are no longer needed.
  std::string_view first_input() const noexcept { return {first_.data(), first_size_}; }
  void stop_keeping_first_input() noexcept { keeps_first_ = false; }

  // Records the input that OpenSSL reads. `replay` lets OpenSSL read it once more. What is longer than
  // `most_recorded` is not kept at all. That is twice the longest hello that OpenSSL accepts: the rest is
  // room for the headers of its records.
  static constexpr std::size_t most_recorded = 256 * std::size_t{1024};
  void start_recording() { record_ = std::make_unique<std::string>(); }
  std::string_view recorded() const noexcept {
    return record_ != nullptr ? std::string_view(*record_) : std::string_view();
  }
  bool has_lost_record() const noexcept { return has_lost_record_; }
  void replay();
  void stop_recording() noexcept { record_.reset(); }

  // Where bytes are counted as well; nowhere else if null.
  void count_by(counter_block* counters) noexcept { counters_ = counters; }
  void count_sent(std::string_view bytes) noexcept {
    traffic_->add_sent(bytes);
    if (counters_ != nullptr) counters_->add_sent(bytes.size());
  }
  // What this connection has counted; for any thread.
  connection_counters counted() const noexcept { return traffic_->read(); }

  // Output of OpenSSL that has not been sent yet.
  byte_buffer& gathered() noexcept { return gathered_; }

 private:
  static BIO_METHOD* method() noexcept;
  static int on_create(BIO* bio) noexcept;
  static int on_read(BIO* bio, char* data, std::size_t size, std::size_t* got) noexcept;
  static int on_write(BIO* bio, const char* data, std::size_t size, std::size_t* put) noexcept;
  static long on_ctrl(BIO* bio, int command, long number, void* pointer) noexcept;

  bool read(char* data, std::size_t size, std::size_t& got) noexcept;
  void keep_first(std::string_view input) noexcept;
  bool record(const char* data, std::size_t size) noexcept;

  transport* transport_ = nullptr;
  counter_block* counters_ = nullptr;
  const std::shared_ptr<traffic_counts> traffic_ = std::make_shared<traffic_counts>();
  byte_buffer ahead_;
  byte_buffer gathered_;
  std::error_code input_error_;
  std::size_t portion_ = 0;  // how much was asked of the transport in this call of OpenSSL
  std::unique_ptr<std::string> record_;  // while input is recorded
  std::array<char, 32> first_{};
  unsigned char first_size_ = 0;
  unsigned char ahead_step_;  // of the sizes that ahead_size() may have
  bool keeps_first_ = true;
  bool ended_ = false;
  bool has_heard_ = false;
  bool reported_end_ = false;
  bool has_lost_record_ = false;
  bool dry_ = true;
  bool busy_ = false;
};

}  // namespace detail
}  // namespace iostls
