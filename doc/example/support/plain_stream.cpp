// SPDX-License-Identifier: Apache-2.0
#include "plain_stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace example {
namespace {

// Repeats a call until no signal interrupts it, and returns its result.
template <class Call>
std::size_t transferred(const char* what, Call call) {
  ssize_t n = -1;
  do {
    n = call();
  } while (n < 0 && errno == EINTR);
  if (n >= 0) return static_cast<std::size_t>(n);
  // That is how a socket reports that its SO_RCVTIMEO or SO_SNDTIMEO has passed.
  const int why = errno == EAGAIN || errno == EWOULDBLOCK ? ETIMEDOUT : errno;
  throw std::system_error(why, std::generic_category(), what);
}

}  // namespace

plain_buffer::plain_buffer(int fd) : fd_(fd) { setp(out_.data(), out_.data() + out_.size()); }

plain_buffer::int_type plain_buffer::underflow() {
  if (gptr() == egptr()) {
    const std::size_t n =
        transferred("receive", [&] { return ::recv(fd_, in_.data(), in_.size(), 0); });
    setg(in_.data(), in_.data(), in_.data() + n);
    if (n == 0) return traits_type::eof();
  }
  return traits_type::to_int_type(*gptr());
}

plain_buffer::int_type plain_buffer::overflow(int_type c) {
  sync();
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  return sputc(traits_type::to_char_type(c));
}

int plain_buffer::sync() {
  const char* from = pbase();
  while (from != pptr()) {
    const auto left = static_cast<std::size_t>(pptr() - from);
    from += transferred("send", [&] { return ::send(fd_, from, left, MSG_NOSIGNAL); });
  }
  setp(out_.data(), out_.data() + out_.size());
  return 0;
}

plain_stream::plain_stream(int fd) : std::iostream(nullptr), fd_(fd), buffer_(fd) {
  rdbuf(&buffer_);
}

plain_stream::~plain_stream() {
  if (fd_ < 0) return;
  flush();
  ::close(fd_);
}

void plain_stream::require_all_read() {
  if (buffer_.in_avail() > 0) {
    throw std::runtime_error("something was sent unencrypted where TLS should begin");
  }
}

}  // namespace example
