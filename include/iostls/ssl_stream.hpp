// SPDX-License-Identifier: Apache-2.0
/// \file
/// TLS as a std::iostream: `ssl_server_stream` and `ssl_client_stream`.
///
/// \code
///   ssl_server_stream s(fd, context);        // fd: an accepted socket; now the stream's
///   std::string line;
///   while (getline(s, line)) s << "you said: " << line << std::endl;
/// \endcode
///
/// The handshake takes place with the first input or output, or at once by `do_handshake()`. A stream
/// that connects by itself, `ssl_client_stream s(host, service)`, performs it as part of connecting.
///
/// State bits: a clean end of input (the peer's close_notify) is eofbit. Everything else that ends
/// the connection, or an operation, is badbit; `error()` and `last_error()` have the reason, and
/// the `ssl_error` itself is thrown if `exceptions()` has badbit. What arrived before a failure is
/// delivered first. Reading sends pending output before it blocks, so that a request needs no
/// flush.
///
/// One thread may read while others write, if those that write lock among themselves. A thread that
/// does both sends its own pending output before it waits for input, but not what another thread has
/// not flushed. The state bits and the width belong to the stream, as in any `std::iostream`: where
/// the reader uses `>>`, or `exceptions()` are set, give each side a state by `ssl_duplex`. `cancel()`
/// may come from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>

#include <iostls/certificate.hpp>
#include <iostls/connection_counters.hpp>
#include <iostls/connection_info.hpp>
#include <iostls/export.hpp>
#include <iostls/key_update_request.hpp>
#include <iostls/options.hpp>
#include <iostls/saturated.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/ssl_streambuf.hpp>
#include <iostls/transport.hpp>
#include <iostls/unwrapped_connection.hpp>

namespace iostls {

/// TLS as a stream: the common base of server's and client's streams.
class IOSTLS_EXPORT ssl_stream : public std::iostream {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;

  ssl_stream(const ssl_stream&) = delete;
  ssl_stream& operator=(const ssl_stream&) = delete;

  /// Closes as `close()` does, within `close_timeout`, but ignores failures: call `close()` to
  /// learn of them. If it was never used, a server's stream performs no handshake unless its client
  /// has begun one: a silent client causes no delay. Neither does any stream on a
  /// `streambuf_transport` perform one, since waiting for it has no time limit.
  ~ssl_stream() override;

  /// Performs the handshake now; does nothing if it is done. A failure sets badbit and throws `ssl_error`
  /// even if `exceptions()` is not set. The same goes for `peer_certificate()` and `info()`.
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
  /// the connection or sets a state bit. A handshake that fails is reported as by `do_handshake()`.
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
  /// signature has no hash function, as with Ed25519. Neither affects the connection or sets a state bit. A
  /// handshake that fails is reported as by `do_handshake()`.
  std::string channel_binding(const std::string& type);

  /// On a client: what a later connection may resume (`connection_options::session`), performing
  /// the handshake first if necessary; also after `close()`. Empty on a server, and as long as the
  /// server has sent no ticket: in TLS 1.3, tickets arrive with the first input, so ask after
  /// reading. Failure is reported as by `do_handshake()`.
  ssl_session session();

  /// Sends pending output, close_notify and FIN, discards input until the peer ends or
  /// `close_timeout` has passed, and closes the descriptor. A stream that was never used performs
  /// the handshake for that, so that its peer sees a normal end and not a truncated connection.
  /// Success means that all output was sent and that nothing has destroyed it on its way, as far as
  /// could be seen in that time; `closed_how()` has how much was seen. Failure sets failbit, as
  /// std::fstream::close does, and throws the `ssl_error` if `exceptions()` has failbit; so does
  /// closing what was never opened. A second call does nothing.
  void close();

  /// How closing ended: whether the peer is known to have received everything.
  close_result closed_how() const noexcept;

  /// Sends pending output, close_notify and FIN: the peer reads to the end and may still answer.
  /// If a TLS message of the peer, such as a ticket, has come only in part, it first waits for the rest.
  /// `write_timeout` and `expiry()` limit all of it; after a timeout, it can be repeated.
  /// Failure sets badbit, and throws `ssl_error` if `exceptions()` has badbit.
  void shutdown_write();

  /// Encrypts all later output with new keys (TLS 1.3, RFC 8446, 4.6.3): sends pending output and then
  /// a KeyUpdate, so that data that is worth more, or more than the limits of a cipher suite allow
  /// (RFC 8446, 5.5), is under keys of its own. With `requested`, the peer is asked to update its keys
  /// as well; its answer comes with later input, `counters()` has when. Output: to be called by the
  /// thread that writes, while another one may read.
  ///
  /// Refusals throw `ssl_error`, set no state bit and affect nothing: `std::errc::not_supported` up to
  /// TLS 1.2, which has no such message; `std::errc::not_connected` before the handshake; `closed` after
  /// `shutdown_write()` or `close()`. Any other failure is one of output: it sets badbit and throws
  /// `ssl_error` even if `exceptions()` is not set. If it times out, nothing is lost, and it can be
  /// repeated: `counters().key_updates_sent` shows whether the update was made.
  void update_keys(key_update_request peer = key_update_request::not_requested);

  /// How much this connection has received and sent, in bytes and records, and its key updates. Zeros
  /// before the first opening; also after `close()`. Takes no lock, makes no system call, and may
  /// be called by any thread while the stream is open.
  connection_counters counters() const noexcept;

  /// Ends TLS and leaves the connection open, to go on in plaintext, as FTP's CCC does (RFC 4217):
  /// sends pending output and close_notify, waits for the peer's close_notify, and gives the
  /// descriptor or the transport back. The stream is not open any more then. Performs the handshake
  /// first if necessary. Takes at most `close_timeout`, and ends at `expiry()`, or with `cancel()`.
  ///
  /// All input must have been read, and no other thread may be in an operation of this stream.
  /// A failure sets badbit and throws `ssl_error` even if `exceptions()` is not set:
  /// - `std::errc::device_or_resource_busy` if there is unread input, also if it arrives meanwhile, or if
  ///   another thread is in an operation. Read to the end of the input, and call it again;
  /// - `timed_out` or `woken` if there was no close_notify yet: it can be called again;
  /// - `truncated` if the peer has ended the connection without close_notify, whatever
  ///   `require_close_notify` is;
  /// - `closed` after `shutdown_write()`, since nothing can be sent any more;
  /// - what reading and writing throw.
  /// The stream keeps the descriptor then, and can still be closed. Once close_notify was sent, which
  /// is so unless input was unread before, or a message of the peer had come only in part, writing is
  /// `closed`.
  unwrapped_connection unwrap();

  /// Callable from any thread: operations that are blocked in this stream end with `canceled`, and
  /// so do all later ones.
  void cancel() noexcept;

  /// Callable from any thread: an operation that waits for input in this stream, also during the
  /// handshake, ends with `woken`, and can be repeated like a read that timed out: after `clear()`
  /// the stream continues. So a server that is to shut down wakes its handlers, which finish their
  /// work and close. If nothing is waiting, the next wait ends like that, once, however often this
  /// was called; input that has arrived is read first. Output that does not fit into the buffer
  /// waits on, also for the handshake, since nobody could know what to repeat. `close()` is not
  /// affected, nor is a stream that is not open; a `connect()` that is in the handshake fails.
  void wake() noexcept;

  bool is_open() const;

  /// The address of the peer: "192.0.2.1:51234", "[2001:db8::1]:443", "unix:/run/x"; an IPv4 peer
  /// of an IPv6 socket as the first of these. In a path, what is not plain ASCII is escaped ("\x0a").
  /// Empty if there is no socket, or if it has no address, like a socket pair or most clients of a
  /// local socket. As of the opening; also after `close()`.
  std::string peer_address() const;
  /// The address of this side of the connection, likewise.
  std::string local_address() const;

  /// The latest failure since the latest opening began, or no error.
  /// - A failure that has ended the connection, its input or its output, stays until a later failure or the
  ///   next opening, and `close()` reports it again. If the stream could not be opened, every operation
  ///   reports the reason until the next opening.
  /// - A failure after which the operation can be repeated, such as a read that timed out, is forgotten once
  ///   input (or output) continues, with the peer's clean end, and when `close()` succeeds.
  /// So after `close()` it is the failure that was final, or no error; using the stream then is `closed`.
  std::error_code error() const;
  /// The same with all details, or null; valid until the next failure or the next opening.
  const ssl_error* last_error() const;

  /// The time from which on input and output fail with `timed_out` instead of waiting. It applies
  /// to all operations except `close()`, until it is set again. Callable from any thread.
  void expires_after(duration d);
  /// For other units. A duration that is too long to be represented means no limit.
  template <class Rep, class Period>
  void expires_after(const std::chrono::duration<Rep, Period>& d) {
    expires_after(detail::saturated<duration>(d));
  }
  void expires_at(time_point when);
  void expires_never();
  time_point expiry() const;

  /// Overrides the option of this name, for this connection and those that this stream opens later:
  /// how long each wait for input, or sending one full buffer or flush, may take; zero: no limit.
  /// To be called by the thread that reads, or that writes. Throws `ssl_error`
  /// (`bad_configuration`) for negative values.
  void read_timeout(std::chrono::milliseconds limit);
  void write_timeout(std::chrono::milliseconds limit);

  /// Waits for input, at most `limit` (0: not at all); false if there is none yet. True if reading
  /// would not wait: for data, the end, or a failure, which the next read reports, and which may be
  /// that `expiry()` has passed. Continues the handshake and sends pending output, as reading does.
  /// Sets no state bit, throws nothing, and can always be repeated.
  bool wait_readable(std::chrono::milliseconds limit);

  ssl_streambuf* rdbuf() const;

 protected:
  ssl_stream();
  ssl_stream(ssl_stream&& other);
  ssl_stream& operator=(ssl_stream&& other);
  void swap(ssl_stream& other);

  /// Closes the present connection and takes over the open buffer.
  void reopen(ssl_streambuf&& buffer);

  /// Closes the present connection, connects and takes over the new one; failbit on failure.
  void dial(const std::string& host, const std::string& service, const ssl_context& context,
            const connection_options& options);

 private:
  friend class ssl_duplex;
  template <class Operation>
  auto judged(Operation operation) -> decltype(operation());
  template <class Operation>
  void reported(iostate bit, Operation operation);
  void establish(const std::string& host, const std::string& service,
                 std::unique_ptr<detail::engine> connection, bool with_handshake);
  void attach() noexcept;

  ssl_streambuf buffer_;
};

/// A TLS server's side of a connection. It takes ownership of the descriptor or transport that it is
/// given once its constructor has returned; if that throws, the descriptor is still the caller's.
/// One object may serve many clients, one after the other:
/// \code
///   ssl_server_stream s(context);
///   for (;;) {
///     listener.accept(s);
///     serve(s);
///     s.close();
///   }
/// \endcode
class IOSTLS_EXPORT ssl_server_stream : public ssl_stream {
 public:
  /// Constructs a stream that is not open and has no context; assign another one to it.
  ssl_server_stream() = default;

  /// Constructs a stream that is not open; `accept` opens it. Throws `ssl_error`
  /// (`bad_configuration`) for wrong options and for a client's context.
  explicit ssl_server_stream(const ssl_context& context, const connection_options& options = {});

  /// Throws `ssl_error`: `bad_configuration` for wrong options, a client's context or a null
  /// transport, `system_error` if `fd` is not an open descriptor.
  ssl_server_stream(int fd, const ssl_context& context, const connection_options& options = {});
  /// Makes its own context. Throws what `ssl_context::server` throws, too.
  ssl_server_stream(int fd, const context_options& options);
  ssl_server_stream(std::unique_ptr<transport> transport, const ssl_context& context,
                    const connection_options& options = {});
  ssl_server_stream(std::unique_ptr<transport> transport, const context_options& options);

  /// Options that only a context has belong in the context.
  ssl_server_stream(const ssl_context& context, const context_options& options) = delete;
  ssl_server_stream(int fd, const ssl_context& context, const context_options& options) = delete;
  ssl_server_stream(std::unique_ptr<transport> transport, const ssl_context& context,
                    const context_options& options) = delete;

  /// The moved-from stream is not open, and may accept again.
  ssl_server_stream(ssl_server_stream&& other);
  ssl_server_stream& operator=(ssl_server_stream&& other);
  void swap(ssl_server_stream& other);

  /// Closes the present connection, as the destructor would, takes over an accepted socket, and
  /// clears the state; with the context and the options of the constructor, any number of times.
  /// The handshake takes place with the first input or output. `exceptions()`, `expiry()` and the
  /// like stay as they are. Throws as the constructors do, and `bad_configuration` if the stream
  /// was made without a context, or has this descriptor already. Then nothing has changed, and the
  /// descriptor is still the caller's.
  void accept(int fd);
  void accept(std::unique_ptr<transport> transport);

 private:
  struct identity;
  const identity& known_identity() const;

  std::shared_ptr<const identity> identity_;
};

/// A TLS client's side of a connection. See `ssl_server_stream` for descriptors and exceptions.
class IOSTLS_EXPORT ssl_client_stream : public ssl_stream {
 public:
  /// Constructs a stream that is not open; `connect` opens it.
  ssl_client_stream() = default;

  ssl_client_stream(int fd, const ssl_context& context, const connection_options& options = {});
  ssl_client_stream(int fd, const context_options& options);
  ssl_client_stream(std::unique_ptr<transport> transport, const ssl_context& context,
                    const connection_options& options = {});
  ssl_client_stream(std::unique_ptr<transport> transport, const context_options& options);
  ssl_client_stream(int fd, const ssl_context& context, const context_options& options) = delete;
  ssl_client_stream(std::unique_ptr<transport> transport, const ssl_context& context,
                    const context_options& options) = delete;

  /// Connects to host and service, as `connect` does.
  ssl_client_stream(const std::string& host, const std::string& service);
  ssl_client_stream(const std::string& host, const std::string& service, const ssl_context& context,
                    const connection_options& options = {});
  ssl_client_stream(const std::string& host, const std::string& service,
                    const context_options& options);
  ssl_client_stream(const std::string& host, const std::string& service, const ssl_context& context,
                    const context_options& options) = delete;
  /// The same with the service as a number.
  ssl_client_stream(const std::string& host, int port);
  ssl_client_stream(const std::string& host, int port, const ssl_context& context,
                    const connection_options& options = {});
  ssl_client_stream(const std::string& host, int port, const context_options& options);
  ssl_client_stream(const std::string& host, int port, const ssl_context& context,
                    const context_options& options) = delete;

  ssl_client_stream(ssl_client_stream&& other);
  ssl_client_stream& operator=(ssl_client_stream&& other);
  void swap(ssl_client_stream& other) { ssl_stream::swap(other); }

  /// Closes the present connection, as the destructor would, and connects by TCP; then performs the
  /// handshake, unless `handshake_on_connect` is false. Everything except the closing is done within
  /// `handshake_timeout` or at `expiry()`, whichever is earlier, and ends with `cancel()`. `server_name` is
  /// `host` unless an option sets another name.
  /// Failure to connect, and a handshake that fails, set failbit, as std::fstream::open does; `error()`
  /// has the reason until the next opening, and the `ssl_error` is thrown if `exceptions()` has failbit.
  /// Success clears the state. `exceptions()`, `expiry()` and the like stay as they are.
  /// Wrong options throw `ssl_error`; then nothing has changed. Without a context, it uses one with the
  /// default options, which all such streams share.
  /// In TLS 1.3 a server judges our certificate after the handshake: its refusal arrives with input.
  void connect(const std::string& host, const std::string& service);
  void connect(const std::string& host, const std::string& service, const ssl_context& context,
               const connection_options& options = {});
  void connect(const std::string& host, const std::string& service, const context_options& options);
  void connect(const std::string& host, const std::string& service, const ssl_context& context,
               const context_options& options) = delete;
  /// The same with the service as a number. What is no port throws `ssl_error` (`bad_configuration`).
  void connect(const std::string& host, int port);
  void connect(const std::string& host, int port, const ssl_context& context,
               const connection_options& options = {});
  void connect(const std::string& host, int port, const context_options& options);
  void connect(const std::string& host, int port, const ssl_context& context,
               const context_options& options) = delete;
};

inline void swap(ssl_server_stream& a, ssl_server_stream& b) { a.swap(b); }
inline void swap(ssl_client_stream& a, ssl_client_stream& b) { a.swap(b); }

}  // namespace iostls
