// SPDX-License-Identifier: Apache-2.0
// A plaintext socket as a std::iostream, for the beginning of a protocol with STARTTLS.
#pragma once

#include <array>
#include <iostream>
#include <streambuf>

namespace example {

// Failures are thrown as std::system_error, which sets a stream's badbit; the end of the input is
// an end-of-file. SO_RCVTIMEO and SO_SNDTIMEO limit waits, if they are set.
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

  // To be called before TLS takes the place of the plaintext. Throws std::runtime_error if more has
  // arrived than was read: an attacker on the network can append commands or answers to the last
  // plaintext line, and they must not be mistaken for data that arrived under TLS.
  void require_all_read();

  int fd() const noexcept { return fd_; }
  // From now on, the descriptor is not this object's.
  void release() noexcept { fd_ = -1; }

 private:
  int fd_;
  plain_buffer buffer_;
};

}  // namespace example
