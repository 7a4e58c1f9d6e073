// SPDX-License-Identifier: Apache-2.0
// One TLS connection: an SSL object, its transport, and the rules for using both.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <iostls/certificate.hpp>
#include <iostls/close_result.hpp>
#include <iostls/connection_info.hpp>
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/transport.hpp>

#include "base/pace.hpp"
#include "engine/transport_bio.hpp"
#include "openssl/openssl_ptr.hpp"
#include "resumption/client_resumption.hpp"
#include "system/cancellation.hpp"
#include "system/change_signal.hpp"
#include "system/fork_guard.hpp"
#include "system/socket_address.hpp"
#include "system/thread_token.hpp"
#include "verification/verification_explanation.hpp"

namespace iostls {
namespace detail {

class context_state;

// How a connection came to be closed: by a call that asked for it, or because its stream goes, or
// takes over another connection.
enum class close_kind : unsigned char { asked_for, implied };

// One thread may read while another writes. The mutex guards the SSL object and everything here; it
// is held for each OpenSSL call and for the reading of its outcome, and never while waiting. What
// is done outside of it belongs to one thread at a time: receiving (`receiving_`), sending
// (`sending_`, `outgoing_`), and OpenSSL as long as it may call functions of the options (`apart_`),
// which take their time, and may cancel.
//
// A thread that is in OpenSSL, or closes the transport, is not canceled (pthread_cancel). One that waits is,
// and what it did outside then ends as a failure of that side. Elsewhere the mutex is held for no call
// that a canceled thread would unwind from.
//
// A failure that OpenSSL or the transport cannot recover from is latched: the operations of that side
// report it again and OpenSSL is not called any more. Timeouts are not latched, but for the
// handshake's own. All failures are thrown as ssl_error, but for std::bad_alloc where nothing is lost.
class engine {
 public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;
  static constexpr time_point never = (time_point::max)();
  static constexpr unsigned nobody = ~0U;

  // Checks the options. `own` wins over the context's.
  engine(const ssl_context& context, const connection_options& own);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine();

  void open(std::unique_ptr<transport> transport) noexcept;
  // How long it took to connect, for info() to tell.
  void set_connect_duration(clock::duration d) noexcept { connect_duration_ = d; }
  // What was connected to, "localhost:443", for errors.
  void set_dialed(std::string endpoint) noexcept { dialed_ = std::move(endpoint); }
  // As errors name the peer.
  std::string peer_text() const;
  // Of a transport with a socket; also after `close`.
  std::string peer_address() const;
  std::string local_address() const;

  // Where `limit` passes first, what is missing can come later: `timed_out`, and nothing has failed.
  void handshake(time_point limit = never);
  // The same, but leaves this end's last message to be sent with what is written next.
  void complete_handshake(time_point limit = never);
  // The handshake has to be done then, whatever its own time limit says.
  void handshake_by(time_point deadline) noexcept { handshake_deadline_ = deadline; }
  certificate peer_certificate();
  connection_info info();
  // Lets `look` see the SSL object after the handshake.
  void examine(const std::function<void(SSL*)>& look);
  // A client's: what a later connection may resume. Also works after the end.
  ssl_session session();

  enum class status { data, ended, blocked };
  // Decrypts what has arrived, after the handshake. `blocked`: nothing there, see `await_input`.
  // With `look`, asks the transport even if it came up short the last time.
  status read(char* data, std::size_t size, std::size_t& got, bool look = false);
  // True if `read` has something to work on without asking the transport.
  bool input_buffered();
  // Waits until more has arrived; sends first what the handshake has left to send.
  void await_input(time_point deadline);
  // Sends what the handshake has left to send, as far as that needs no waiting.
  void send_rest_of_handshake();
  // Whether `read` will fail from now on.
  bool input_failed();
  // Ends the input for good, as `fail_output` does the output.
  void fail_input(const ssl_error& why) noexcept;
  // When a read that starts now has to have a byte.
  time_point read_deadline() const noexcept { return deadline_in(read_timeout_.load()); }
  void set_read_timeout(std::chrono::milliseconds limit) noexcept { read_timeout_ = limit; }

  // Throws what `write` would throw if it cannot take anything any more.
  void require_output();
  // Encrypts all of `size` bytes, sending whenever enough has gathered. If it throws, `put` tells
  // how many were taken.
  void write(const char* data, std::size_t size, std::size_t& put);
  // Encrypts as much as needs no waiting: after the handshake, all of it, but for a peer that has begun
  // another handshake. `put` has how much. Sends nothing.
  void write_at_once(const char* data, std::size_t size, std::size_t& put);
  void set_write_timeout(std::chrono::milliseconds limit) noexcept { write_timeout_ = limit; }
  // Sends what has gathered.
  void flush();
  // The same up to `deadline`, unless that is only what a handshake has left: `await_input` sends that
  // if need be. If another thread is sending, that one goes on with this, and nobody waits for it: a
  // thread that reads may be what the peer waits for.
  void flush_written(time_point deadline);
  // Ends the output for good: from now on it fails with `why`.
  void fail_output(const ssl_error& why) noexcept;
  // Cheap: whether `write` and `flush` would fail at once.
  bool output_failed() const noexcept { return output_failed_; }

  // close_notify and FIN; reading goes on.
  void shutdown_write();
  // Sends `rest` and ends the connection in order; see the public `close`. The second call does
  // nothing.
  void close(const char* rest, std::size_t size, close_kind kind);
  close_result closed_how() const noexcept { return closed_how_; }
  void cancel() noexcept;
  // Whatever waits for input ends with `woken`, or else the next to do so.
  void wake() noexcept;

  bool is_open() const noexcept { return !closed_; }
  bool is_inherited() const noexcept;
  // Whether a failure of this kind was one for good.
  bool has_failed_by(const std::error_code& kind);
  bool handshake_done() const noexcept { return handshake_done_; }
  std::chrono::milliseconds handshake_timeout() const noexcept { return handshake_timeout_; }
  int fd() const noexcept;
  SSL* native() const noexcept { return ssl_.get(); }

  void expires_at(time_point when) noexcept { expiry_ = when; }
  time_point expiry() const noexcept { return expiry_; }

 private:
  using duration = std::chrono::milliseconds;
  class lock;
  class visit;
  class outside;
  class apart;
  class reception;
  class sending;
  class ending;
  enum class outcome { done, ended, wants_input, failed };

  engine(std::shared_ptr<const context_state> state, const connection_options& own);

  // engine.cpp
  const connection_options& base() const noexcept;
  void before_openssl() noexcept;
  outcome judge(int ret) const noexcept;
  template <class Call>
  outcome ask(lock& l, Call call);
  void check(const char* operation) const {
    if (closed_ || canceled_) report_closed(operation);
  }
  [[noreturn]] void report_closed(const char* operation) const;
  void ensure_handshake(lock& l, time_point limit = never);
  void continue_handshake(lock& l, time_point limit);
  void handshake_is_done();
  bool input_available();
  void send_answers(lock& l, bool only_look);
  void receive(lock& l, unsigned seen, time_point deadline, const char* operation);
  void await_other_receiver(lock& l, unsigned seen, time_point deadline, const char* operation);
  void abandon_input() noexcept;
  void abandon_output() noexcept;
  time_point deadline_in(duration limit) const noexcept;

  // engine_wait.cpp
  void claim(const char* operation) {
    if (is_held_here() || user_.load(std::memory_order_relaxed) != fork_generation()) {
      claim_first(operation);
    }
  }
  void claim_first(const char* operation);
  bool is_unclaimed() const noexcept;
  bool is_held_here() const noexcept {
    return holder_.load(std::memory_order_relaxed) == this_thread_token();
  }
  bool is_abandoned() const noexcept;
  bool has_news() const noexcept;
  bool is_woken(unsigned before) const noexcept { return wakes_ != before && !closing_; }
  [[noreturn]] void report_wake(const char* operation);
  bool is_apart() const noexcept { return apart_ != 0; }
  bool sleep(lock& l, time_point deadline);
  bool sleep_on(lock& l, time_point deadline) noexcept;
  template <class Ready>
  bool wait_for_change(lock& l, time_point deadline, Ready ready);
  void wait_for_openssl(lock& l) noexcept;
  void wait_for_turn(lock& l, const char* operation);

  // engine_failure.cpp
  // What `detail::make_error` makes, with the peer's name in it; without `words`, they are those that suit
  // OpenSSL's reason.
  ssl_error make_error(std::error_code code, const char* operation, std::string_view words = {},
                       long verify_result = 0, std::string_view advice = {}) const;
  [[noreturn]] void fail(const char* operation);
  void end_input(const ssl_error& why) noexcept;
  void end_output(const ssl_error& why) noexcept;
  void latch(const ssl_error& why) noexcept;
  void check_peer(lock& l);
  [[noreturn]] void reject_peer(long fault, const refusal& words);
  void check_after_handshake();

  // engine_write.cpp
  void check_output() const;
  void write(lock& l, const char* data, std::size_t size, std::size_t& put);
  std::size_t encrypt(lock& l, const char* data, std::size_t size);
  bool encrypt_at_once(lock& l, const char* data, std::size_t size, std::size_t& taken);
  void send_gathered(lock& l, time_point deadline, const char* operation);
  std::error_code push(lock& l, time_point deadline);
  void send_handshake(lock& l, time_point deadline, const char* operation);
  bool has_handshake_to_send() const noexcept;
  std::uint64_t output_end() noexcept { return taken_out_ + bio_.gathered().size(); }
  void take_out() noexcept;
  void require_sent(lock& l, std::error_code failed, const char* operation);
  std::error_code send_first(lock& l, std::size_t size, time_point deadline);
  std::error_code send_outgoing(std::size_t size, time_point deadline);
  [[noreturn]] void fail_sending(lock& l, std::error_code why, const char* operation);
  void read_pending_alert(lock& l, const char* operation);
  void try_send_alert() noexcept;

  // engine_close.cpp
  void flush_and_close_notify(lock& l, const char* rest, std::size_t size, close_kind kind);
  bool owes_handshake(close_kind kind);
  void add_close_notify();
  void send_close_notify(lock& l);
  void wait_for_other_threads(lock& l);
  bool wake_other_threads(lock& l) noexcept;
  io_result drain_some(lock& l, char* room, std::size_t size);
  void abandon() noexcept;
  void interrupt(void (transport::*reach)() noexcept) noexcept;
  std::error_code drain(lock& l);
  bool peer_has_ended() const noexcept;
  bool is_confirmed(bool had_ended) const noexcept;
  void await_late_alert(lock& l);

  const std::shared_ptr<const context_state> state_;
  const duration handshake_timeout_;
  const duration close_timeout_;
  const verify_mode verify_;
  const unsigned forks_before_;  // when it was made
  std::atomic<unsigned> user_{
      nobody};  // the process that has begun to use it, as a fork_generation()
  socket_address peer_;
  socket_address local_;
  std::unique_ptr<transport> transport_;
  std::string dialed_;
  transport_bio bio_;
  ssl_ptr ssl_;
  client_resumption resumption_;  // idle on a server

  std::mutex mutex_;
  change_signal changed_;  // receiving_, sending_, apart_, operations_, closed_, canceled_
  std::atomic<thread_token> holder_{0};  // of the mutex
  thread_token apart_ = 0;               // the thread that is in OpenSSL without the mutex
  bool calls_back_ = true;               // whether OpenSSL may call functions of the options
  bool receiving_ = false;
  byte_buffer outgoing_;         // taken out of bio_.gathered() by the thread that sends
  std::uint64_t taken_out_ = 0;  // how many bytes of output were taken out so far
  pace reception_pace_;
  unsigned receipts_ = 0;           // how often a thread has come back from receiving
  std::atomic<unsigned> wakes_{0};  // how often wake() was called
  unsigned wakes_told_ = 0;         // how many of these were reported
  bool sending_ = false;
  bool more_to_send_ = false;  // the thread that is sending goes on with what has gathered since
  int operations_ = 0;         // threads inside of an operation

  bool handshake_started_ = false;
  std::atomic<bool> handshake_done_{false};
  time_point handshake_deadline_ = never;
  time_point handshake_began_;
  std::uint64_t handshake_end_ = 0;  // up to this byte the output is the handshake's
  clock::duration handshake_duration_{};
  clock::duration connect_duration_{};
  bool input_ended_ = false;   // by the peer's close_notify
  bool output_ended_ = false;  // by ours
  bool in_block_ = false;      // a thread is inside `write`
  bool tls_failed_ = false;    // OpenSSL must not be called any more
  std::optional<ssl_error> input_error_;
  std::optional<ssl_error> output_error_;
  std::atomic<bool> output_failed_{false};  // whether output_error_ is set
  std::atomic<bool> canceled_{false};
  std::atomic<bool> closed_{true};
  std::atomic<close_result> closed_how_{close_result::not_closed};
  bool transport_open_ = false;
  std::atomic<bool> closing_{false};
  std::mutex transport_mutex_;  // keeps cancel() from a descriptor that has been closed
  std::atomic<time_point> closing_deadline_{never};  // takes the place of all others while closing
  std::atomic<time_point> expiry_{never};
  std::atomic<duration> read_timeout_;
  std::atomic<duration> write_timeout_;
};

}  // namespace detail
}  // namespace iostls
