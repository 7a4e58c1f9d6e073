// SPDX-License-Identifier: Apache-2.0
// Every way to read from an istream and from its buffer, and a buffer that records what comes of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iomanip>
#include <istream>
#include <iterator>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <vector>

#include <iostls/getline.hpp>

namespace iostls {
namespace test {

// Has so many characters, and throws where a connection fails. What came of a block that failed stays
// unread.
class reference_buffer final : public std::streambuf {
 public:
  explicit reference_buffer(std::string text) : text_(std::move(text)) {}

  bool has_failed() const noexcept { return has_failed_; }

 protected:
  int_type underflow() override {
    require(1);
    return traits_type::to_int_type(text_[at_]);
  }
  int_type uflow() override {
    require(1);
    return traits_type::to_int_type(text_[at_++]);
  }
  std::streamsize xsgetn(char* to, std::streamsize size) override {
    if (size <= 0) return 0;
    require(static_cast<std::size_t>(size));
    text_.copy(to, static_cast<std::size_t>(size), at_);
    at_ += static_cast<std::size_t>(size);
    return size;
  }
  std::streamsize showmanyc() override {
    return std::max<std::streamsize>(1, static_cast<std::streamsize>(text_.size() - at_));
  }
  int_type pbackfail(int_type c) override {
    if (at_ == 0) return traits_type::eof();
    --at_;
    if (!traits_type::eq_int_type(c, traits_type::eof())) text_[at_] = traits_type::to_char_type(c);
    return traits_type::to_int_type(text_[at_]);
  }

 private:
  void require(std::size_t size) {
    if (text_.size() - at_ >= size) return;
    has_failed_ = true;
    throw std::runtime_error("no more");
  }

  std::string text_;
  std::size_t at_ = 0;
  bool has_failed_ = false;
};

// Reads once, and returns what can be seen of it.
struct reading {
  const char* name;
  std::function<std::string(std::istream&)> act;
};

template <class T>
reading extraction(const char* name, T before) {
  return {name, [before](std::istream& in) {
            T value = before;
            in >> value;
            std::ostringstream seen;
            seen << value;
            return seen.str();
          }};
}

template <class Read>
reading block(const char* name, std::size_t size, Read read) {
  return {name, [=](std::istream& in) {
            std::string value(size, '?');
            read(in, &value[0], static_cast<std::streamsize>(size));
            value.resize(std::min(size, static_cast<std::size_t>(in.gcount())));
            return value + " #" + std::to_string(in.gcount());
          }};
}

template <class Read>
reading copy(const char* name, Read read) {
  return {name, [=](std::istream& in) {
            std::ostringstream to;
            read(in, *to.rdbuf());
            return to.str() + " #" + std::to_string(in.gcount());
          }};
}

inline std::string shown(std::istream::int_type c) { return std::to_string(c); }

inline std::vector<reading> formatted_readings() {
  return {
      extraction<short>("short", -7),
      extraction<unsigned short>("unsigned short", 7),
      extraction<int>("int", -7),
      extraction<unsigned>("unsigned", 7),
      extraction<long>("long", -7),
      extraction<unsigned long>("unsigned long", 7),
      extraction<long long>("long long", -7),
      extraction<unsigned long long>("unsigned long long", 7),
      extraction<float>("float", -7),
      extraction<double>("double", -7),
      extraction<long double>("long double", -7),
      extraction<bool>("bool", true),
      extraction<char>("char", '#'),
      extraction<unsigned char>("unsigned char", '#'),
      extraction<signed char>("signed char", '#'),
      {"pointer",
       [](std::istream& in) {
         void* p = nullptr;
         in >> p;
         return std::string(p != nullptr ? "some" : "none");
       }},
      {"string",
       [](std::istream& in) {
         std::string s;
         in >> s;
         return s;
       }},
      {"string of three",
       [](std::istream& in) {
         std::string s;
         in >> std::setw(3) >> s;
         return s;
       }},
      {"boolalpha",
       [](std::istream& in) {
         bool b = true;
         in >> std::boolalpha >> b >> std::noboolalpha;
         return std::to_string(b);
       }},
      {"noskipws",
       [](std::istream& in) {
         char c = '#';
         in >> std::noskipws >> c >> std::skipws;
         return std::string(1, c);
       }},
      {"hexadecimal",
       [](std::istream& in) {
         int n = -7;
         in >> std::hex >> n >> std::dec;
         return std::to_string(n);
       }},
      {"quoted",
       [](std::istream& in) {
         std::string s;
         in >> std::quoted(s);
         return std::string();
       }},
      {"ws", [](std::istream& in) { return in >> std::ws, std::string(); }},
  };
}

inline std::vector<reading> unformatted_readings() {
  constexpr auto all = std::numeric_limits<std::streamsize>::max();
  using io = std::istream;
  using size = std::streamsize;
  return {
      {"get", [](io& in) { return shown(in.get()); }},
      {"get a character",
       [](io& in) {
         char c = '#';
         in.get(c);
         return std::string(1, c);
       }},
      {"peek", [](io& in) { return shown(in.peek()); }},
      {"peek and get",
       [](io& in) {
         const auto c = in.peek();
         in.get();
         return shown(c);
       }},
      {"unget",
       [](io& in) {
         in.get();
         in.unget();
         return shown(in.get());
       }},
      {"putback",
       [](io& in) {
         in.get();
         in.putback('p');
         return shown(in.get());
       }},
      block("get a block", 5, [](io& in, char* to, size n) { in.get(to, n); }),
      block("get up to a comma", 9, [](io& in, char* to, size n) { in.get(to, n, ','); }),
      block("getline into memory", 9, [](io& in, char* to, size n) { in.getline(to, n); }),
      block("getline up to a comma", 9, [](io& in, char* to, size n) { in.getline(to, n, ','); }),
      block("read one", 1, [](io& in, char* to, size n) { in.read(to, n); }),
      block("read five", 5, [](io& in, char* to, size n) { in.read(to, n); }),
      block("read many", 5000, [](io& in, char* to, size n) { in.read(to, n); }),
      {"ignore three", [](io& in) { return in.ignore(3), std::to_string(in.gcount()); }},
      {"ignore up to a comma",
       [](io& in) { return in.ignore(100, ','), std::to_string(in.gcount()); }},
      {"ignore all", [all](io& in) { return in.ignore(all), std::to_string(in.gcount()); }},
      {"getline",
       [](io& in) {
         std::string s;
         std::getline(in, s);
         return s;
       }},
      {"getline of a string up to a comma",
       [](io& in) {
         std::string s;
         std::getline(in, s, ',');
         return s;
       }},
      {"bounded getline",
       [](io& in) {
         std::string s;
         iostls::getline(in, s, 4);
         return s;
       }},
      copy("extract into a buffer", [](io& in, std::streambuf& to) { in >> &to; }),
      copy("get into a buffer", [](io& in, std::streambuf& to) { in.get(to); }),
      copy("get into a buffer up to a comma", [](io& in, std::streambuf& to) { in.get(to, ','); }),
      {"a copy of the buffer",
       [](io& in) {
         std::ostringstream to;
         to << in.rdbuf();
         return to.str();
       }},
  };
}

inline std::vector<reading> buffer_readings() {
  return {
      {"sgetc", [](std::istream& in) { return shown(in.rdbuf()->sgetc()); }},
      {"sgetc and sbumpc",
       [](std::istream& in) {
         in.rdbuf()->sgetc();
         return shown(in.rdbuf()->sbumpc());
       }},
      {"sbumpc", [](std::istream& in) { return shown(in.rdbuf()->sbumpc()); }},
      {"snextc", [](std::istream& in) { return shown(in.rdbuf()->snextc()); }},
      {"sgetn",
       [](std::istream& in) {
         std::string s(4, '?');
         in.rdbuf()->sgetn(&s[0], 4);
         return s;
       }},
      {"sungetc",
       [](std::istream& in) {
         in.rdbuf()->sbumpc();
         in.rdbuf()->sungetc();
         return shown(in.rdbuf()->sbumpc());
       }},
      {"an iterator",
       [](std::istream& in) {
         return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
       }},
  };
}

// Those that depend on how much came together.
inline std::vector<reading> readings_of_what_is_there() {
  return {
      {"in_avail and get",
       [](std::istream& in) {
         try {
           in.rdbuf()->in_avail();
         } catch (const std::exception&) {  // a buffer by itself has nobody else to tell
         }
         return shown(in.get());
       }},
      block("readsome", 5,
            [](std::istream& in, char* to, std::streamsize n) { in.readsome(to, n); }),
  };
}

}  // namespace test
}  // namespace iostls
