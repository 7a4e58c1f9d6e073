// SPDX-License-Identifier: Apache-2.0
// A socket as a std::iostream, without TLS: what a protocol with STARTTLS begins with.
#pragma once

#include <array>
#include <iostream>
#include <streambuf>

namespace example {

// Failures are thrown as std::system_error, which makes a stream's badbit; the end is an end. Waits
// are bounded by SO_RCVTIMEO and SO_SNDTIMEO, if they are set.
class plain_buffer : public std::streambuf {
 public:
  // The descriptor stays the caller's.
  explicit plain_buffer(int fd);

 protected:
  int_type underflow() override;
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  int fd_;
  std::array<char, 4096> in_;
  std::array<char, 4096> out_;
};

class plain_stream : public std::iostream {
 public:
  // Takes over a connected socket.
  explicit plain_stream(int fd);
  plain_stream(const plain_stream&) = delete;
  plain_stream& operator=(const plain_stream&) = delete;
  ~plain_stream() override;

  // To be called where TLS takes the place of the plaintext. Throws std::runtime_error if more has
  // arrived than was read: an attacker on the way can append commands or answers to the
  // last plain line, and they must never be taken for something that came under TLS.
  void require_all_read();

  int fd() const noexcept { return fd_; }
  // From now on, the descriptor is not this object's.
  void release() noexcept { fd_ = -1; }

 private:
  int fd_;
  plain_buffer buffer_;
};

}  // namespace example
