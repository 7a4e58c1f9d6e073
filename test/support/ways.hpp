// SPDX-License-Identifier: Apache-2.0
// The ways in which a program holds a connection that it reads from or writes to: by the stream itself,
// by something on its buffer, by a buffer alone, after moving and swapping, by a view, and by a standard
// stream that was redirected.
#pragma once

#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace test {

// A connection, and what uses it: `Io` is std::istream or std::ostream.
template <class Io>
class way {
 public:
  virtual ~way() = default;
  virtual Io& io() = 0;
  // Whose badbit has to tell of every failure; null if there is none.
  virtual std::ios* stream() { return &io(); }

  ssl_streambuf& buffer() { return dynamic_cast<ssl_streambuf&>(*io().rdbuf()); }

  const std::unique_ptr<duologue> talk = in_conversation({role::server, tls_version::tls1_3});
};

template <class Io>
class stream_itself : public way<Io> {
  Io& io() override { return *this->talk->stream; }
};

template <class Io>
class another_on_its_buffer : public way<Io> {
  Io& io() override { return io_; }
  std::ios* stream() override { return this->talk->stream.get(); }
  Io io_{this->talk->stream->rdbuf()};
};

template <class Io>
class one_on_a_bare_buffer : public way<Io> {
  Io& io() override { return io_; }
  std::ios* stream() override { return nullptr; }
  ssl_streambuf buffer_{std::move(*this->talk->stream->rdbuf())};
  Io io_{&buffer_};
};

template <class Io>
class moved_stream : public way<Io> {
  Io& io() override { return stream_; }
  ssl_server_stream stream_{std::move(dynamic_cast<ssl_server_stream&>(*this->talk->stream))};
};

template <class Io>
class swapped_stream : public way<Io> {
 public:
  swapped_stream() { stream_.swap(dynamic_cast<ssl_server_stream&>(*this->talk->stream)); }

 private:
  Io& io() override { return stream_; }
  ssl_server_stream stream_;
};

template <class Io>
class swapped_buffer : public way<Io> {
 public:
  swapped_buffer() {
    std::swap(*stream_.rdbuf(), *this->talk->stream->rdbuf());
    stream_.clear();
  }

 private:
  Io& io() override { return stream_; }
  ssl_server_stream stream_;
};

inline std::istream& view_for(std::istream*, ssl_duplex& d) { return d.in(); }
inline std::ostream& view_for(std::ostream*, ssl_duplex& d) { return d.out(); }

template <class Io>
class view : public way<Io> {
  Io& io() override { return view_for(static_cast<Io*>(nullptr), views_); }
  ssl_duplex views_{*this->talk->stream};
};

template <class Io, Io& standard>
class redirected : public way<Io> {
 public:
  ~redirected() override {
    standard.exceptions(std::ios::goodbit);
    standard.rdbuf(before_);
    standard.flags(flags_);
    standard.width(0);
    standard.clear();
  }

 private:
  Io& io() override { return standard; }
  std::ios* stream() override { return this->talk->stream.get(); }
  const std::ios::fmtflags flags_ = standard.flags();
  std::streambuf* const before_ = standard.rdbuf(this->talk->stream->rdbuf());
};

template <class Io>
struct kind_of_way {
  const char* name;
  std::function<std::unique_ptr<way<Io>>()> make;
};

template <class Io>
void PrintTo(const kind_of_way<Io>& k, std::ostream* out) {
  *out << k.name;
}

template <class Io, class Way>
kind_of_way<Io> kind(const char* name) {
  return {name, [] { return std::unique_ptr<way<Io>>(std::make_unique<Way>()); }};
}

template <class Io>
std::vector<kind_of_way<Io>> ways() {
  return {kind<Io, stream_itself<Io>>("stream_itself"),
          kind<Io, another_on_its_buffer<Io>>("another_on_its_buffer"),
          kind<Io, one_on_a_bare_buffer<Io>>("one_on_a_bare_buffer"),
          kind<Io, moved_stream<Io>>("moved_stream"),
          kind<Io, swapped_stream<Io>>("swapped_stream"),
          kind<Io, swapped_buffer<Io>>("swapped_buffer"),
          kind<Io, view<Io>>("view")};
}

inline std::vector<kind_of_way<std::istream>> ways_to_read() {
  std::vector<kind_of_way<std::istream>> all = ways<std::istream>();
  all.push_back(kind<std::istream, redirected<std::istream, std::cin>>("redirected_cin"));
  return all;
}

inline std::vector<kind_of_way<std::ostream>> ways_to_write() {
  std::vector<kind_of_way<std::ostream>> all = ways<std::ostream>();
  all.push_back(kind<std::ostream, redirected<std::ostream, std::clog>>("redirected_clog"));
  all.push_back(kind<std::ostream, redirected<std::ostream, std::cerr>>("redirected_cerr"));
  return all;
}

}  // namespace test
}  // namespace iostls
