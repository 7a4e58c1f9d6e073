// SPDX-License-Identifier: Apache-2.0
/// \file
/// TLS as a std::streambuf.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <ios>
#include <memory>
#include <streambuf>
#include <string>
#include <system_error>

#include <iostls/certificate.hpp>
#include <iostls/close_result.hpp>
#include <iostls/connection_counters.hpp>
#include <iostls/connection_info.hpp>
#include <iostls/export.hpp>
#include <iostls/key_update_request.hpp>
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/transport.hpp>
#include <iostls/unwrapped_connection.hpp>

namespace iostls {

namespace detail {
class engine;
class streambuf_access;
enum class close_kind : unsigned char;
struct export_request;

// The streams that use a buffer, whose states belong to its input and output.
struct attached_streams {
  std::ios* input = nullptr;
  std::ios* output = nullptr;
  // exceptions() of `output` at the latest output that did not fit into the put area
  std::ios::iostate mask = std::ios::goodbit;
};
}  // namespace detail

/// One TLS connection behind the interface of a stream buffer.
///
/// Most programs use it through `ssl_server_stream` and `ssl_client_stream`. By itself, or under an
/// istream or ostream of your own, it reports a clean end (close_notify) as end-of-file and throws
/// `ssl_error` for anything else. A block that fails half-way throws, too, and what came of it is unread
/// again, so a read that is repeated after a timeout returns all of it. If the input has failed for good
/// after more than 1 MiB, that is in the caller's memory only; the error's text has the number.
///
/// Two members do not throw where that could do harm. `pubsync()` returns -1, since destructors call
/// it; only std::ostream's own `flush()` gets the exception, where the `ssl_stream` above (or its view)
/// has badbit in `exceptions()`, no unitbuf, and no other exception is under way. `in_avail()` under an
/// `ssl_stream` is 1 where reading would fail, and 0 once that stream has badbit or eofbit, or is not
/// open; it throws in a buffer by itself. It never waits, goes on with the handshake, and sends what was
/// written if nothing is there.
///
/// Get and put area are independent: one thread may read while another one writes. Before reading
/// blocks, what the same thread has written goes out. At least
/// eight characters can be put back, also across a refill. There is no position: `pubseekoff`
/// fails.
class IOSTLS_EXPORT ssl_streambuf : public std::streambuf {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Not open: every operation throws `closed`.
  ssl_streambuf() noexcept;

  /// Takes over a connected descriptor, if it returns; the context determines the role. The
  /// handshake takes place with the first input or output. Throws `ssl_error`: `bad_configuration`
  /// for wrong options or a null transport, `system_error` if `fd` is not an open descriptor.
  ssl_streambuf(int fd, const ssl_context& context, const connection_options& options = {});
  ssl_streambuf(std::unique_ptr<transport> transport, const ssl_context& context,
                const connection_options& options = {});
  ssl_streambuf(int fd, const ssl_context& context, const context_options& options) = delete;
  ssl_streambuf(std::unique_ptr<transport> transport, const ssl_context& context,
                const context_options& options) = delete;

  /// The moved-from buffer is not open. Not to be moved while another thread uses it.
  ssl_streambuf(ssl_streambuf&& other) noexcept;
  ssl_streambuf& operator=(ssl_streambuf&& other) noexcept;
  void swap(ssl_streambuf& other) noexcept;

  /// Closes as `close()` does, but ignores failures.
  ~ssl_streambuf() override;

  /// Performs the handshake, or returns at once if it is done. Throws `ssl_error`.
  void do_handshake();

  /// The peer's certificate, performing the handshake first if necessary; empty if the peer sent
  /// none.
  certificate peer_certificate();

  /// The result of the handshake, performing it first if necessary.
  connection_info info();

  /// Keying material for another protocol, which both ends derive from this connection and nobody
  /// else can (RFC 8446, 7.5; RFC 5705), performing the handshake first if necessary: `size` bytes,
  /// 1 to 8,160, for a label ("EXPORTER-My-Protocol", at most 249 bytes) and a context (at most
  /// 65,535 bytes). The second form uses no context: in TLS 1.3, the result is that of an empty
  /// context; in TLS 1.2, it is another one, so both ends must agree. Throws `ssl_error`:
  /// `bad_configuration` for other sizes and for labels that TLS reserves, std::errc::not_supported
  /// if OpenSSL cannot do it (3.0 takes 956 bytes of label and context in TLS 1.2). Neither affects
  /// the connection. A handshake that fails is reported as by `do_handshake()`.
  std::string export_keying_material(const std::string& label, const std::string& context,
                                     std::size_t size);
  std::string export_keying_material(const std::string& label, std::size_t size);

  /// The channel binding that ties a login, such as SCRAM-SHA-256-PLUS, to this connection, as
  /// bytes, performing the handshake first if necessary: "tls-exporter" (RFC 9266), or
  /// "tls-server-end-point" (RFC 5929), a digest of the server's certificate; for a resumed session,
  /// of the certificate of its first handshake. Throws `ssl_error`: `bad_configuration` for another
  /// type, including "tls-unique", which is unsafe and not defined in TLS 1.3;
  /// std::errc::not_supported if this connection has no such binding: "tls-exporter" in TLS 1.2
  /// without the extended master secret, "tls-server-end-point" without a certificate, or if its
  /// signature has no hash function, as with Ed25519. Neither affects the connection. A
  /// handshake that fails is reported as by `do_handshake()`.
  std::string channel_binding(const std::string& type);

  /// On a client: what a later connection may resume, performing the handshake first if necessary;
  /// also after the end. Empty on a server, and as long as the server has sent no ticket: in TLS
  /// 1.3, one arrives with the first input. Each ticket makes a new session; this is the latest.
  ssl_session session();

  /// Sends pending output, close_notify and FIN, waits for the peer's end (`close_timeout` limits
  /// the whole), and closes. A second call does nothing. Throws `ssl_error` if output was lost, or
  /// if the peer has refused us meanwhile, as a server of TLS 1.3 may do after the handshake. If
  /// output was lost before, no close_notify is sent, so that the peer sees a truncated connection.
  /// To be called by the thread that writes. A thread that reads ends first, with `closed`;
  /// `streambuf_transport` cannot wake one that waits in its buffer.
  void close();

  /// Sends pending output, close_notify and FIN; reading continues. Writing afterwards is `closed`. If a
  /// TLS message of the peer, such as a ticket, has come only in part, it first waits for the rest.
  /// `write_timeout` and `expiry()` limit all of it; after a timeout, it can be repeated.
  void shutdown_write();

  /// Encrypts all later output with new keys (TLS 1.3, RFC 8446, 4.6.3): sends pending output and then
  /// a KeyUpdate. With `requested`, the peer is asked to update its keys as well; its answer comes with
  /// later input. To be called by the thread that writes, while another one may read.
  ///
  /// Throws `ssl_error`, without an effect: `std::errc::not_supported` up to TLS 1.2, which has no such
  /// message; `std::errc::not_connected` before the handshake; `closed` after `shutdown_write()` or
  /// `close()`. Any other failure is one of output. If it times out, nothing is lost, and it can be
  /// repeated: `counters().key_updates_sent` shows whether the update was made.
  void update_keys(key_update_request peer = key_update_request::not_requested);

  /// How much this connection has received and sent, in bytes and records, and its key updates. Zeros
  /// before the first opening; also after `close()`. Takes no lock, makes no system call, and may
  /// be called by any thread while the buffer is open.
  connection_counters counters() const noexcept;

  /// Ends TLS and leaves the connection open, to go on in plaintext, as FTP's CCC does (RFC 4217):
  /// sends pending output and close_notify, waits for the peer's close_notify, and gives the
  /// descriptor or the transport back. The buffer is not open any more then. Performs the handshake
  /// first if necessary. Takes at most `close_timeout`, and ends at `expiry()`, or with `cancel()`.
  ///
  /// All input must have been read, and no other thread may be in an operation of this buffer.
  /// Throws `ssl_error`:
  /// - `std::errc::device_or_resource_busy` if there is unread input, also if it arrives meanwhile, or if
  ///   another thread is in an operation. Read to the end of the input, and call it again;
  /// - `timed_out` or `woken` if there was no close_notify yet: it can be called again;
  /// - `truncated` if the peer has ended the connection without close_notify, whatever
  ///   `require_close_notify` is;
  /// - `closed` after `shutdown_write()`, since nothing can be sent any more;
  /// - what reading and writing throw.
  /// The buffer keeps the descriptor then, and can still be closed. Once close_notify was sent, which
  /// is so unless input was unread before, writing is `closed`.
  unwrapped_connection unwrap();

  /// Callable from any thread: operations that are blocked in this connection, and all later ones,
  /// fail with `canceled`. Only closing is possible then.
  void cancel() noexcept;

  /// Callable from any thread: an operation that waits for input in this connection, also during
  /// the handshake, fails with `woken`. The connection remains usable: the operation may be
  /// repeated, as after `timed_out`. If nothing is waiting, the next wait ends like that, once,
  /// however often this was called; input that has arrived is read first. Output that does not fit
  /// into the buffer waits on, also for the handshake, since nobody could know what to repeat.
  /// `close()` is not affected. Does nothing while there is no connection. See `transport::wake`
  /// for the transports that can end a wait in progress.
  void wake() noexcept;

  bool is_open() const noexcept;

  /// How closing ended: whether the peer is known to have received everything.
  close_result closed_how() const noexcept;

  /// The descriptor, which stays this object's; -1 if there is none. Note that decrypted bytes may
  /// be waiting in here although poll(2) sees nothing: ask `in_avail()` first.
  int fd() const noexcept;

  /// The address of the peer: "192.0.2.1:51234", "[2001:db8::1]:443", "unix:/run/x"; an IPv4 peer
  /// of an IPv6 socket as the first of these. Empty if there is no socket, or if it has no address,
  /// like a socket pair or most clients of a local socket. As of the opening; also after `close()`.
  std::string peer_address() const;
  /// The address of this side of the connection, likewise.
  std::string local_address() const;

  /// The latest failure since the connection was opened; no error if there was none.
  std::error_code error() const;
  /// The same with all details, or null. Valid until the next failure of an operation, and as long
  /// as this object is open or closed, but not reopened.
  const ssl_error* last_error() const;

  /// From this time on, input and output that would have to wait fail with `timed_out`, whatever
  /// the other timeouts are. `close()` is not affected. Callable from any thread; an operation that
  /// is already waiting keeps the deadline that it began with.
  void expires_at(time_point when);
  time_point expiry() const noexcept;

  /// Waits for input, at most `limit` (0: not at all); false if there is none yet. True if reading
  /// would not wait: for data, the end, or a failure, which the next read reports, and which may be
  /// that `expiry()` has passed. Continues the handshake and sends pending output, as reading does;
  /// `read_timeout` does not limit it. Throws nothing, and can always be repeated.
  bool wait_readable(std::chrono::milliseconds limit);

  /// Overrides the option of this name, for this connection and those that are opened in this
  /// object later: how long each wait for input, or sending one full buffer or flush, may take;
  /// zero: no limit. Not to be called while another thread waits in that direction. Throws
  /// `ssl_error` (`bad_configuration`) for negative values.
  void read_timeout(std::chrono::milliseconds limit);
  void write_timeout(std::chrono::milliseconds limit);

  /// Whether reading sends the pending output of the same thread before it blocks. Default: true.
  void flush_on_read(bool on);

 protected:
  int_type underflow() override;
  int_type uflow() override;
  int_type pbackfail(int_type c) override;
  std::streamsize showmanyc() override;
  std::streamsize xsgetn(char* data, std::streamsize size) override;
  int_type overflow(int_type c) override;
  std::streamsize xsputn(const char* data, std::streamsize size) override;
  int sync() override;
  /// Before the first input or output: `setbuf(nullptr, n)` makes both areas n bytes large (n == 0:
  /// output is not buffered). Later it does nothing. The memory that is offered is never used.
  std::streambuf* setbuf(char* memory, std::streamsize size) override;

 private:
  friend class detail::streambuf_access;
  class impl;

  impl& ready();
  impl& opened(const char* operation);
  void open(std::unique_ptr<detail::engine> connection) noexcept;
  void leave_areas() noexcept;
  void hand_over() noexcept;
  void close(detail::close_kind kind);
  std::string exported(const detail::export_request& request);
  template <class Operation>
  auto recorded(Operation operation) -> decltype(operation());

  std::size_t obtain(impl& m, char* to, std::size_t size);
  bool fill(impl& m);
  std::streamsize nothing_wanted(impl& m);
  std::size_t read_block(impl& m, char* data, std::size_t size);
  enum class sight { data, end, nothing };
  sight await_something(impl& m, time_point limit);
  [[noreturn]] void throw_input_failure(impl& m, const std::exception& handled);
  int_type refused_input(impl& m, const std::exception& handled);
  std::size_t take_buffered(char* data, std::size_t size) noexcept;
  [[noreturn]] void throw_with_block_unread(impl& m, ssl_error failure, const char* data,
                                            std::size_t size);
  bool unread(impl& m, const char* data, std::size_t size) noexcept;
  void set_get_area(impl& m, std::size_t size) noexcept;
  void discard_input(impl& m) noexcept;
  void forget_get_area(impl& m, const char* read, std::size_t size) noexcept;

  std::streamsize put_block(const char* data, std::size_t size);
  int_type put_character(int_type c);
  std::size_t fill_up(impl& m, const char* data, std::size_t size);
  impl& opened_for_output();
  template <class Output>
  void final_output(impl& m, Output output);

  std::unique_ptr<impl> impl_;
  detail::attached_streams above_;  // stay when connections are moved and swapped
};

/// As the member.
inline void swap(ssl_streambuf& a, ssl_streambuf& b) noexcept { a.swap(b); }

}  // namespace iostls
