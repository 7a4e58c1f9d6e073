// SPDX-License-Identifier: Apache-2.0
// Streams on a descriptor, which they do not close: such as many programs have.
#pragma once

#include <cstddef>
#include <istream>
#include <ostream>
#include <streambuf>

#include <unistd.h>

class fdbuf : public std::streambuf {
 public:
  explicit fdbuf(int fd) : fd_(fd) {}

 protected:
  int_type underflow() override {
    const ssize_t size = read(fd_, area_, sizeof area_);
    if (size <= 0) return traits_type::eof();
    setg(area_, area_, area_ + size);
    return traits_type::to_int_type(area_[0]);
  }
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char one = traits_type::to_char_type(c);
    return xsputn(&one, 1) == 1 ? c : traits_type::eof();
  }
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    return write(fd_, data, static_cast<std::size_t>(size));
  }

 private:
  int fd_;
  char area_[512];
};

class fdistream : public std::istream {
 public:
  explicit fdistream(int fd) : std::istream(nullptr), buffer_(fd) { rdbuf(&buffer_); }

 private:
  fdbuf buffer_;
};

class fdostream : public std::ostream {
 public:
  explicit fdostream(int fd) : std::ostream(nullptr), buffer_(fd) { rdbuf(&buffer_); }

 private:
  fdbuf buffer_;
};
