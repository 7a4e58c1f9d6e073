// SPDX-License-Identifier: Apache-2.0
// One TLS connection: an SSL object, its transport, and the rules for using both.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <iostls/certificate.hpp>
#include <iostls/close_result.hpp>
#include <iostls/connection_counters.hpp>
#include <iostls/connection_info.hpp>
#include <iostls/key_update_request.hpp>
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/transport.hpp>

#include "engine/connection_lock.hpp"
#include "engine/connection_state.hpp"
#include "engine/process_claim.hpp"
#include "engine/receiver.hpp"
#include "engine/renegotiation.hpp"
#include "engine/sender.hpp"
#include "engine/time_limits.hpp"
#include "engine/transport_bio.hpp"
#include "negotiation/offer_limit.hpp"
#include "openssl/openssl_ptr.hpp"
#include "resumption/client_resumption.hpp"
#include "system/socket_address.hpp"
#include "verification/verification_explanation.hpp"

namespace iostls {
namespace detail {

class client_hello_gate;
class context_state;

// Why a connection is closed: by a call that asked for it, or because its stream is destroyed or
// takes over another connection.
enum class close_kind : unsigned char { asked_for, implied };

// One thread may read while another writes. The monitor's lock guards the SSL object and everything
// here; it is held for each OpenSSL call until its result has been judged, and never while waiting.
// Work without the lock is done by one thread at a time: receiving (`receiver_`), sending
// (`sender_`), and calling OpenSSL as long as that may call functions of options (`apart`), which
// may be slow, and may cancel.
//
// The parts depend neither on TLS nor on each other: the receiver and the sender move bytes between
// the BIO and the transport. The engine calls OpenSSL, and turns its results into errors.
//
// A thread that is in OpenSSL, or closes the transport, is not canceled (pthread_cancel). A thread
// that waits may be canceled; its unfinished work without the lock then ends as a failure of that
// side. No other call that a canceled thread would unwind from is made with the lock held.
//
// A failure that OpenSSL or the transport cannot recover from is latched: the operations of that
// side report it again and OpenSSL is not called any more. Timeouts are not latched, except for the
// handshake's own. All failures are thrown as ssl_error, except std::bad_alloc if nothing is lost.
class engine {
 public:
  using clock = time_limits::clock;
  using time_point = time_limits::time_point;
  static constexpr time_point never = time_limits::never;

  // Checks the options. `own` overrides the context's.
  engine(const ssl_context& context, const connection_options& own);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine();

  void open(std::unique_ptr<transport> transport) noexcept;
  // The transport that it was opened with, unless anything has used the connection; it is closed then.
  std::unique_ptr<transport> give_back() noexcept;
  // How long connecting took, for info().
  void set_connect_duration(clock::duration d) noexcept { connect_duration_ = d; }
  // The endpoint that was connected to, "localhost:443", for errors.
  void set_dialed(std::string endpoint) noexcept { dialed_ = std::move(endpoint); }
  // The name of the peer in errors.
  std::string peer_text() const;
  // Of a transport with a socket; also after `close`.
  std::string peer_address() const;
  std::string local_address() const;

  // Whether this thread is in an operation of the connection, which has called a function of options,
  // or the transport.
  bool is_used_here() const noexcept { return monitor_.is_held_here() || monitor_.is_apart_here(); }

  // If `limit` passes first, the handshake can be continued later: `timed_out`, and nothing has
  // failed.
  void handshake(time_point limit = never);
  // The same, but this end's last message is left to be sent with the next output.
  void complete_handshake(time_point limit = never);
  // The handshake must be done by then, whatever its own time limit is.
  void handshake_by(time_point deadline) noexcept { limits_.handshake_by(deadline); }
  certificate peer_certificate();
  connection_info info();
  // Passes the SSL object to `look`, after the handshake.
  void examine(const std::function<void(SSL*)>& look);
  // On a client, a session that a later connection may resume. Also works after the end.
  ssl_session session();

  // A thread that is inside an operation, see operation_guard.hpp. What takes one is a step of that
  // operation: several steps take the lock only once.
  class operation_guard;

  enum class status { data, ended, blocked };
  // Decrypts what has arrived, after the handshake. `blocked`: nothing has arrived, see
  // `await_input`. With `look`, asks the transport even if it had nothing the last time.
  status read(operation_guard& v, char* data, std::size_t size, std::size_t& got,
              bool look = false);
  // True if `read` has something to process without asking the transport.
  bool input_buffered(operation_guard& v);
  // Waits until more has arrived; first sends the rest of the handshake.
  void await_input(operation_guard& v, time_point deadline);
  // Throws what `await_input` throws at its deadline, for a caller that has seen it pass.
  [[noreturn]] void report_late_input();
  // Sends the rest of the handshake, as far as that needs no waiting.
  void send_rest_of_handshake(operation_guard& v);
  // Whether a thread waits for input. Needs no lock.
  bool is_receiving() const noexcept { return receiver_.is_busy(); }
  // Whether `read` will fail from now on.
  bool input_failed();
  // Ends the input for good, as `fail_output` does for the output.
  void fail_input(const ssl_error& why) noexcept;
  // The time by which a read that starts now must have a byte.
  time_point read_deadline() const noexcept { return limits_.read_deadline(); }
  void set_read_timeout(std::chrono::milliseconds l) noexcept { limits_.set_read_timeout(l); }

  // Throws what `write` would throw if it cannot accept anything any more. Needs no lock in the
  // common case.
  void require_output() {
    if (calls_back_ || !is_open() || state_.canceled || state_.output_failed ||
        state_.output_ended || monitor_.is_held_here() || !process_.is_ours()) {
      examine_output();
    }
  }
  // Encrypts all `size` bytes, sending whenever enough has gathered. If it throws, `put` is the
  // number of bytes that were accepted.
  void write(operation_guard& v, const char* data, std::size_t size, std::size_t& put);
  // Encrypts as much as is possible without waiting: after the handshake, everything, unless the
  // peer has begun another handshake. `put` is the number of bytes. Sends nothing, and takes any amount:
  // before there is more to write, see `holds_much`.
  void write_at_once(operation_guard& v, const char* data, std::size_t size, std::size_t& put);
  // Whether so much output may have gathered that `write` would send it first. Needs no lock.
  bool holds_much() const noexcept { return holds_much_; }
  void send_much_held(operation_guard& v);
  void set_write_timeout(std::chrono::milliseconds l) noexcept { limits_.set_write_timeout(l); }
  // Sends the gathered output.
  void flush(operation_guard& v);
  // The same up to `deadline`, unless only the rest of a handshake is left: `await_input` sends
  // that if necessary. If another thread is sending, that one also sends this, and the caller does
  // not wait for it: the peer may be waiting for this thread to read.
  void flush_written(operation_guard& v, time_point deadline);
  // Whether there is something to send, or being sent.
  bool has_unsent(const operation_guard& /*v*/) const noexcept { return !sender_.has_sent_all(); }
  // The time by which the transport must take output from now on: by write_timeout, or SO_SNDTIMEO.
  time_point output_deadline() const noexcept;
  // Whether waits for room and for input may alternate. A buffer beneath waits in its own way.
  bool takes_turns() const noexcept { return takes_turns_; }
  // Ends the output for good: from now on it fails with `why`.
  void fail_output(const ssl_error& why) noexcept;
  // Throws the refusals of the public `update_keys`.
  void require_key_update();
  // Encrypts a KeyUpdate, as `write` does data; from there on, output has other keys.
  void update_keys(operation_guard& v, key_update_request peer);
  // A cheap test whether `write` and `flush` would fail at once.
  bool output_failed() const noexcept { return state_.output_failed; }

  // Sends close_notify and FIN; reading continues.
  void shutdown_write();
  // Sends `rest` and ends the connection in order; see the public `close`. The second call does
  // nothing.
  void close(const char* rest, std::size_t size, close_kind kind);
  // A call of `close` from now on waits no longer than this, whatever its own time limit is.
  void close_by(time_point deadline) noexcept { limits_.close_by(deadline); }
  close_result closed_how() const noexcept { return closed_how_; }
  connection_counters counters() const noexcept { return bio_.counted(); }
  // Ends TLS in order, and gives the transport back, with the input that follows; see the public
  // `unwrap`.
  struct remains {
    std::unique_ptr<transport> over;
    std::string input;
  };
  remains unwrap();
  void cancel() noexcept;
  // Ends the wait for input of another thread, or else the next one, with `woken`.
  void wake() noexcept;

  bool is_open() const noexcept { return !state_.closed; }
  bool is_inherited() const noexcept { return process_.is_inherited(); }
  // Whether the connection has failed for good with this kind of error.
  bool has_failed_by(const std::error_code& kind);
  bool handshake_done() const noexcept { return state_.handshake_done; }
  std::chrono::milliseconds handshake_timeout() const noexcept {
    return limits_.handshake_timeout();
  }
  int fd() const noexcept;
  // For others than the library, which may keep it.
  SSL* native() noexcept {
    has_shared_native_ = true;
    return ssl_.get();
  }

  void expires_at(time_point when) noexcept { limits_.expires_at(when); }
  time_point expiry() const noexcept { return limits_.expiry(); }

 private:
  using duration = time_limits::duration;
  using lock = connection_lock::lock;
  class closing;
  enum class outcome { done, ended, wants_input, changes_context, failed };

  engine(std::shared_ptr<const context_state> context, const connection_options& own);

  // engine.cpp
  const connection_options& base() const noexcept;
  void before_openssl() noexcept;
  outcome result_of(int ret) const noexcept;
  template <class Call>
  auto within_openssl(lock& l, Call call);
  template <class Call>
  outcome ask(lock& l, Call call);
  void claim(const char* operation) {
    if (monitor_.is_held_here() || !process_.is_ours()) claim_first(operation);
  }
  void claim_first(const char* operation);
  void wait_for_turn(lock& l, const char* operation);
  void begin_step(operation_guard& v, const char* operation);
  void interrupt(void (transport::*reach)() noexcept) noexcept;
  void abandon() noexcept;

  // engine_handshake.cpp
  void ensure_handshake(lock& l, time_point limit = never);
  void begin_handshake(lock& l);
  void continue_handshake(lock& l, time_point limit);
  void wait_for_handshake(lock& l, unsigned seen, time_point deadline, bool waited);
  void change_context();
  void handshake_is_done();
  void note_callbacks() noexcept;
  void check_after_handshake();
  void check_peer(lock& l);
  void judge_renegotiation(lock& l, bool has_data);
  [[noreturn]] void reject_peer(long fault, const refusal& words);

  // engine_report.cpp
  connection_info described() const;
  std::string asked_name() const;
  void report_success(lock& l) noexcept;
  void report_failure(lock& l, const ssl_error& why) noexcept;
  void report_unfinished(lock& l) noexcept;
  void report(lock& l, const ssl_error* why) noexcept;

  // engine_read.cpp
  void send_answers(lock& l, bool only_look);
  void forget_old_answers() noexcept;
  void receive(lock& l, unsigned seen, time_point deadline, const char* operation);
  bool has_news() const noexcept;
  bool answer_is_awaited() const noexcept;

  // engine_write.cpp
  void examine_output();
  void check_output() const;
  void write(lock& l, const char* data, std::size_t size, std::size_t& put);
  std::size_t encrypt(lock& l, const char* data, std::size_t size);
  bool encrypt_at_once(lock& l, const char* data, std::size_t size, std::size_t& taken);
  void send_gathered(lock& l, time_point deadline, const char* operation);
  void send_handshake(lock& l, time_point deadline, const char* operation);
  void require_sent(lock& l, std::error_code failed, const char* operation);
  void add_close_notify(lock& l, time_point deadline, const char* operation);
  void complete_peers_message(lock& l, time_point deadline, const char* operation);
  void end_transport_output() noexcept;

  // engine_key_update.cpp
  void check_key_update() const;

  // engine_unwrap.cpp
  void require_no_other_thread() const;
  void await_close_notify(lock& l, time_point deadline);
  remains leave_transport();

  // engine_failure.cpp
  void check(const char* operation) const {
    if (state_.closed || state_.canceled) report_closed(operation);
  }
  [[noreturn]] void report_closed(const char* operation) const;
  // Like `detail::make_error`, with the peer's name added; without `words`, the explanation suits
  // OpenSSL's reason.
  ssl_error make_error(std::error_code code, const char* operation, std::string_view words = {},
                       long verify_result = 0, std::string_view advice = {}) const;
  [[noreturn]] void fail(const char* operation);
  void latch(const ssl_error& why) noexcept;
  [[noreturn]] void fail_sending(lock& l, std::error_code why, const char* operation);
  void read_pending_alert(lock& l, const char* operation);

  std::shared_ptr<const context_state> context_;
  verify_mode verify_;
  process_claim process_;
  time_limits limits_;
  kept_address peer_;
  kept_address local_;
  std::string dialed_;
  std::unique_ptr<transport> transport_;

  connection_state state_;
  connection_lock monitor_{state_};
  transport_bio bio_;
  receiver receiver_{monitor_, state_, limits_, bio_};
  sender sender_{monitor_, state_, bio_};
  ssl_ptr ssl_;
  struct clock_watch final : handshake_watch {
    explicit clock_watch(const engine& e) noexcept : owner(e) {}
    bool is_too_late() const noexcept override {
      return owner.state_.canceled || owner.limits_.handshake_is_overdue();
    }
    const engine& owner;
  };
  const clock_watch watch_{*this};
  client_resumption* const resumption_;       // null on a server
  std::unique_ptr<client_hello_gate> hello_;  // where a function is asked about the client
  renegotiation renegotiation_;

  const bool answers_requests_;  // for a certificate, which come after the handshake
  std::atomic<bool> has_shared_native_{false};
  // Whether OpenSSL may use functions or an ostream of options.
  std::atomic<bool> calls_back_{true};
  std::atomic<bool> holds_much_{false};
  std::atomic<close_result> closed_how_{close_result::not_closed};
  bool handshake_reported_ = false;
  bool transport_open_ = false;
  bool takes_turns_ = true;
  bool peer_ended_first_ = false;  // before `unwrap`
  bool in_block_ = false;          // a thread is inside `write`
  int operations_ = 0;             // threads inside an operation
  std::uint64_t answers_ = 0;      // written by OpenSSL while it read, and gathered yet
  std::uint64_t answers_end_ = 0;  // the output up to the latest of them

  time_point handshake_began_ = never;
  std::unique_ptr<const ssl_error> handshake_setback_;  // after which the handshake may still go on
  clock::duration handshake_duration_{};
  clock::duration connect_duration_{};
  struct addresses {
    std::string peer, local;
  };
  std::unique_ptr<const addresses> left_;  // by a transport that is not here any more
  std::mutex transport_mutex_;  // keeps cancel() from using a descriptor that has been closed
};

}  // namespace detail
}  // namespace iostls
