// SPDX-License-Identifier: Apache-2.0
// What a stream should be, without any of what makes it so: two queues of characters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <utility>

namespace iostls {
namespace test {

// One way between two ends.
struct model_way {
  std::string data;
  bool ended = false;       // by the writer
  bool deaf = false;        // the reader has closed
  std::size_t flushed = 0;  // how much the real writer was made to send
};

// One end of a connection.
struct model_end {
  // How many characters can be put back for certain.
  static constexpr std::size_t sure_putback = 8;

  std::shared_ptr<model_way> in, out;
  std::size_t position = 0;  // of the next character
  std::size_t farthest = 0;  // what it has been
  std::size_t touched = 0;   // how many characters had to be there for what was done
  bool closed = false;
  bool refused = false;    // output came after its end: all output fails from then on
  bool failed = false;     // an operation has thrown
  bool undefined = false;  // what was asked for would block, or is not promised
};

class model_buffer final : public std::streambuf {
 public:
  model_end end;

  std::size_t available() const { return end.in->data.size() - end.position; }

 protected:
  int_type underflow() override {
    check(!end.closed);
    if (available() == 0) {
      if (!end.in->ended) end.undefined = true;
      return traits_type::eof();
    }
    end.touched = std::max(end.touched, end.position + 1);
    return traits_type::to_int_type(end.in->data[end.position]);
  }

  int_type uflow() override {
    const int_type c = underflow();
    if (!traits_type::eq_int_type(c, traits_type::eof())) advance();
    return c;
  }

  int_type pbackfail(int_type c) override {
    if (end.closed || end.position == 0) return traits_type::eof();
    if (end.farthest - end.position >= model_end::sure_putback) {
      end.undefined = true;
      return traits_type::eof();
    }
    --end.position;
    char& there = end.in->data[end.position];
    if (!traits_type::eq_int_type(c, traits_type::eof())) there = traits_type::to_char_type(c);
    return traits_type::to_int_type(there);
  }

  std::streamsize showmanyc() override {
    check(!end.closed);
    return available() == 0 && end.in->ended ? -1 : static_cast<std::streamsize>(available());
  }

  int_type overflow(int_type c) override {
    const char character = traits_type::to_char_type(c);
    return xsputn(&character, 1) == 1 ? c : traits_type::eof();
  }

  std::streamsize xsputn(const char* data, std::streamsize size) override {
    if (size <= 0) return 0;
    if (!end.closed && end.out->ended) end.refused = true;
    check(!end.closed && !end.refused);
    if (end.out->deaf) end.undefined = true;
    end.out->data.append(data, static_cast<std::size_t>(size));
    return size;
  }

  int sync() override {
    check(!end.closed && !end.refused);
    return 0;
  }

 private:
  void advance() {
    ++end.position;
    end.farthest = std::max(end.farthest, end.position);
  }

  void check(bool possible) {
    if (possible) return;
    end.failed = true;
    throw std::runtime_error("closed");
  }
};

class model_stream final : public std::iostream {
 public:
  model_stream() : std::iostream(nullptr) {
    rdbuf(&buffer_);
    buffer_.end.closed = true;
  }
  model_stream(model_stream&& other) : std::iostream(std::move(other)) {
    set_rdbuf(&buffer_);
    buffer_.end = other.buffer_.end;
  }
  model_stream& operator=(model_stream&& other) {
    std::iostream::operator=(std::move(other));
    buffer_.end = other.buffer_.end;
    return *this;
  }
  void swap(model_stream& other) {
    std::iostream::swap(other);
    std::swap(buffer_.end, other.buffer_.end);
  }

  void open(std::shared_ptr<model_way> in, std::shared_ptr<model_way> out) {
    buffer_.end = {};
    buffer_.end.in = std::move(in);
    buffer_.end.out = std::move(out);
  }

  // Throws if exceptions() has badbit, whatever other bits there are.
  void shutdown_write() {
    if (!end().closed && !end().refused) {
      end().out->ended = true;
      return;
    }
    end().failed = true;
    const iostate mask = exceptions();
    exceptions(goodbit);
    setstate(badbit);
    try {
      exceptions(mask);
    } catch (const failure&) {
      if ((mask & badbit) != 0) throw;
    }
  }

  // Success would mean that all output has arrived.
  void close() {
    if (end().closed) return;
    end().closed = true;
    end().in->deaf = true;
    end().out->ended = true;
    if (!end().refused) return;
    end().failed = true;
    setstate(failbit);
  }

  model_end& end() { return buffer_.end; }
  std::size_t available() const { return buffer_.available(); }

 private:
  model_buffer buffer_;
};

}  // namespace test
}  // namespace iostls
