// SPDX-License-Identifier: Apache-2.0
/// \file
/// Transports: TLS over a socket, a pipe, any std::streambuf, or your own class.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <streambuf>
#include <string>
#include <system_error>

#include <iostls/export.hpp>

namespace iostls {

namespace detail {
class input_wait;
class wake_pipe;
}  // namespace detail

/// How many bytes an operation moved, or why none.
struct io_result {
  std::size_t count = 0;
  std::error_code error;
};

/// Moves bytes in both directions, and waits for them: what TLS runs over.
///
/// Derive from it to run TLS over something that is neither a descriptor nor a streambuf. A
/// connection calls `read_some` and `wait(readable)` from one thread at a time, `write_some` and
/// `wait(writable)` from one thread at a time, but the two sides may run at once; `cancel` may be
/// called from any thread. Pass such a transport to a stream in a std::unique_ptr, in the place of
/// a descriptor.
///
/// No member may call the stream that uses the transport, not even its `cancel()`: the connection may hold a lock
/// then. To end the connection, return an error.
///
/// No member may throw; if one throws all the same, that ends the connection. The members that
/// read, write and wait are not `noexcept`, since pthread_cancel(3) unwinds a thread that waits in
/// them: an override that is `noexcept` would end the process then. Where such a member does not
/// wait, the connection calls it with cancellation turned off. A transport that breaks these rules
/// harms its connection alone: a count of more bytes than there were ends it, and a transport that
/// returns at once again and again, without a result, is called at intervals.
class IOSTLS_EXPORT transport {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  enum class event { readable, writable };

  virtual ~transport();

  /// Reads what is there, at most `size` bytes, without waiting.
  /// count > 0: so many bytes. count == 0 and no error: the peer has ended its output.
  /// std::errc::operation_would_block: nothing now; call `wait`. Any other error ends the input.
  virtual io_result read_some(void* data, std::size_t size) = 0;

  /// Writes what there is room for, at most `size` bytes, without waiting if that can be helped.
  /// Never raises a signal. Errors as above; nothing written without an error means the same as
  /// std::errc::operation_would_block. After `ssl_errc::timed_out`, a connection may go on: what
  /// was not counted then comes first in the next call.
  virtual io_result write_some(const void* data, std::size_t size) = 0;

  /// Waits until the event is likely or an error can be read, or until the deadline, then
  /// std::errc::timed_out. time_point::max() means no deadline. It may return early without error, and
  /// with `ssl_errc::woken` after `wake()`.
  virtual std::error_code wait(event what, time_point deadline) = 0;

  /// Waits for input and reads it: what `wait(readable)` and `read_some` do one after the other,
  /// which is also the default implementation; a transport may know a cheaper way.
  /// `ssl_errc::timed_out` if the deadline passed first; std::errc::operation_would_block if it
  /// returned early, without anything, and is to be called again. Any other error ends the input.
  virtual io_result wait_and_read(void* data, std::size_t size, time_point deadline);

  /// Writes, and waits as long as there is no room: what `write_some` and, if necessary,
  /// `wait(writable)` do, which is also the default implementation; a transport may know a cheaper
  /// way. It may write less than `size` bytes. Errors as above.
  virtual io_result write_or_wait(const void* data, std::size_t size, time_point deadline);

  /// Signals to the peer that nothing more will be written: a TCP FIN.
  virtual void shutdown_write() noexcept = 0;

  /// Wakes any thread that waits in this transport, now and from now on; then `wait` returns
  /// std::errc::operation_canceled or the operations fail. Releases nothing.
  virtual void cancel() noexcept = 0;

  /// Releases the resources. Called once, with no operation under way. The error is that of
  /// close(2).
  virtual std::error_code close() noexcept = 0;

  /// Releases the resources without any effect on the connection: used by a process for a
  /// connection that it only inherited by fork(2). The default calls `close()`.
  virtual void abandon() noexcept;

  /// Whether closing at once could destroy output that is still on its way, as a TCP reset does.
  /// If so (the default), closing a stream first waits for the peer's end, up to `close_timeout`.
  virtual bool lingers() const noexcept;

  /// Whether the peer's system is known to have all that was written. If so, a connection that is
  /// reset while it is being closed has lost nothing. The default is false: it is not known.
  virtual bool output_acknowledged() const noexcept;

  /// The descriptor, or -1 if there is none.
  virtual int fd() const noexcept;

  /// Callable from any thread: the `wait(readable)` in progress, or else the next one, returns
  /// `ssl_errc::woken`, or returns early; the transport remains usable. The default does nothing:
  /// then `wake()` of a stream takes effect when the wait in progress ends by itself.
  virtual void wake() noexcept;

  /// The addresses of the two ends, if the transport knows them better than its descriptor, for
  /// example behind a balancer: `ssl_stream::peer_address()` and `local_address()` return them. The
  /// default is empty, which means those of `fd()`. They must not change while a connection uses
  /// the transport.
  virtual std::string peer_address() const;
  virtual std::string local_address() const;
};

/// A connected socket, or another descriptor for reading and writing, such as a pipe or a tty.
///
/// It owns the descriptor. Its flags are not changed: blocking or not, operations behave the same
/// (MSG_DONTWAIT, poll(2)). Nothing raises SIGPIPE, and no signal disposition is changed.
/// SO_RCVTIMEO and SO_SNDTIMEO, if the program has set them, limit each wait. Derive from it and
/// override `wait` to wait in another way, for example by switching to another fiber. The override
/// has to respect the deadline; it need not care about SO_RCVTIMEO and SO_SNDTIMEO, and `cancel`
/// wakes it by shutting the socket down. `wake` does not reach it unless that is overridden as well.
/// A wait for input of more than ten milliseconds, and the one after it, takes one more descriptor, for `wake`.
class IOSTLS_EXPORT socket_transport : public transport {
 public:
  /// Throws `ssl_error` (`system_error`) if `fd` is not an open descriptor; then it is still yours.
  explicit socket_transport(int fd);
  socket_transport(const socket_transport&) = delete;
  socket_transport& operator=(const socket_transport&) = delete;
  ~socket_transport() override;

  io_result read_some(void* data, std::size_t size) override;
  io_result write_some(const void* data, std::size_t size) override;
  std::error_code wait(event what, time_point deadline) override;
  void shutdown_write() noexcept override;
  void cancel() noexcept override;
  std::error_code close() noexcept override;
  void abandon() noexcept override;
  bool output_acknowledged() const noexcept override;
  int fd() const noexcept override;
  void wake() noexcept override;

  /// Releases ownership of the descriptor: it is the caller's from now on, and `fd()` is -1.
  int release() noexcept;

 protected:
  /// True if the descriptor is a socket, as opposed to a pipe or a tty.
  bool is_socket() const noexcept { return is_socket_; }

 private:
  std::error_code limit_wait(event what, time_point began, time_point& deadline) const noexcept;
  std::error_code wait_for_input(time_point deadline, int cancel);

  int fd_;
  std::unique_ptr<detail::wake_pipe> cancel_;  // ends poll(2) where shutdown(2) does not reach
  std::unique_ptr<detail::input_wait> input_;
  bool is_socket_;
};

/// Any std::streambuf as a transport: a stringbuf, asio's tcp::iostream, a filebuf on a pipe.
///
/// A streambuf cannot be queried without blocking beyond what `in_avail()` reports, nor be woken:
/// deadlines, `cancel` and `wake` take effect between its operations, not within them; but `wake` reaches
/// a wait in another `ssl_streambuf`. If the buffer throws
/// an error for would-block, the operation fails with `ssl_errc::timed_out` immediately. Output
/// counts as written once the buffer is synchronised. If that fails, `write_some` may be repeated:
/// it is given the same bytes again, and does not write those twice that the buffer has. TLS may
/// begin in the middle of a connection: what the buffer has read ahead goes to TLS, so that
/// plaintext behind a STARTTLS command fails the handshake. A program that hands over the
/// descriptor instead must first make sure that `in_avail()` is 0.
class IOSTLS_EXPORT streambuf_transport : public transport {
 public:
  /// The streambuf stays the caller's and must outlive the transport.
  explicit streambuf_transport(std::streambuf& buffer) : buffer_(buffer) {}

  io_result read_some(void* data, std::size_t size) override;
  io_result write_some(const void* data, std::size_t size) override;
  std::error_code wait(event what, time_point deadline) override;
  void shutdown_write() noexcept override;
  void cancel() noexcept override;
  std::error_code close() noexcept override;
  bool lingers() const noexcept override;
  void wake() noexcept override;

 private:
  std::error_code put(const char* data, std::size_t size, std::size_t& taken);

  std::streambuf& buffer_;
  std::atomic<bool> canceled_{false};
  bool ended_ = false;              // sgetc() has returned end-of-file
  bool peeked_ = false;             // sgetc() has returned a character that was not consumed yet
  std::size_t unsynchronised_ = 0;  // bytes that the buffer has accepted and no sync() has sent yet
  std::error_code output_error_;    // what sputn() has thrown
};

}  // namespace iostls
