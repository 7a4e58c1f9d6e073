// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

#include <algorithm>
#include <array>
#include <iomanip>
#include <iterator>
#include <random>
#include <sstream>
#include <utility>

namespace iostls {
namespace test {
namespace {

using ios = std::ios;
using action = std::function<std::string(std::iostream&)>;

// The same numbers with every standard library.
class dice {
 public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <class T, std::size_t N>
  T of(const std::array<T, N>& choices) {
    return choices[below(N)];
  }

 private:
  std::mt19937_64 engine_;
};

std::string quoted(const std::string& text) {
  if (text.size() > 40) return "text(" + std::to_string(text.size()) + ")";
  std::ostringstream out;
  out << '"';
  for (const unsigned char c : text) {
    if (c == '\n') {
      out << "\\n";
    } else if (c < ' ' || c > '~') {
      out << '\\' << std::oct << std::setw(3) << std::setfill('0') << unsigned{c};
    } else {
      out << (c == '"' || c == '\\' ? "\\" : "") << c;
    }
  }
  return out.str() + '"';
}

std::string quoted(char c) {
  const std::string text = quoted(std::string(1, c));
  return '\'' + text.substr(1, text.size() - 2) + '\'';
}

struct option {
  std::string text;
  action act;
};

template <class F>
action silent(F f) {
  return [f](std::iostream& s) {
    f(s);
    return std::string();
  };
}

// What is read into a variable, and how many characters an unformatted operation has taken.
template <class T>
action extraction(T initial) {
  return [initial](std::iostream& s) {
    T value = initial;
    s >> value;
    std::ostringstream seen;
    seen << value;
    return seen.str();
  };
}

std::string with_count(std::iostream& s, const std::string& value) {
  return value + " #" + std::to_string(s.gcount());
}

// Text that extractions find numbers, words and lines in.
std::string some_text(dice& d) {
  static const std::array<const char*, 14> words{"42",
                                                 "-7 ",
                                                 "0x1f ",
                                                 "3.25e2 ",
                                                 "word ",
                                                 "a,b;",
                                                 "\n",
                                                 "  \t",
                                                 "true ",
                                                 "1 0 ",
                                                 "99999999999999999999 ",
                                                 "x",
                                                 "\r\n",
                                                 "-"};
  std::string text;
  if (d.one_in(12)) {
    text.resize(d.of<std::size_t, 4>({100, 5000, 16384, 40000}));
    for (char& c : text) c = static_cast<char>(d.one_in(8) ? '\n' : 'a' + d.below(26));
    return text;
  }
  if (d.one_in(6)) {
    for (std::uint64_t i = d.below(20); i != 0; --i) text += static_cast<char>(d.below(256));
    return text;
  }
  for (std::uint64_t i = 1 + d.below(4); i != 0; --i) text += d.of(words);
  return text;
}

char some_delimiter(dice& d) { return d.of<char, 5>({'\n', ' ', ',', 'e', '\0'}); }

option put_formatted(dice& d) {
  const auto number = static_cast<long>(d.below(2000000)) - 1000000;
  const double real = static_cast<double>(number) / 64;
  switch (d.below(9)) {
    case 0:
      return {" << " + std::to_string(number) + " << ' '",
              silent([=](std::iostream& s) { s << number << ' '; })};
    case 1:
      return {" << " + std::to_string(real) + " << '\\n'",
              silent([=](std::iostream& s) { s << real << '\n'; })};
    case 2:
      return {" << std::boolalpha << true << ' '",
              silent([](std::iostream& s) { s << std::boolalpha << true << ' '; })};
    case 3: {
      const int width = static_cast<int>(d.below(40));
      return {" << std::setw(" + std::to_string(width) + ") << std::setfill('*') << std::left << " +
                  std::to_string(number),
              silent([=](std::iostream& s) {
                s << std::setw(width) << std::setfill('*') << std::left << number;
              })};
    }
    case 4:
      return {" << std::hex << std::showbase << " + std::to_string(number),
              silent([=](std::iostream& s) { s << std::hex << std::showbase << number; })};
    case 5:
      return {" << std::dec << std::scientific << std::setprecision(4) << " + std::to_string(real),
              silent([=](std::iostream& s) {
                s << std::dec << std::scientific << std::setprecision(4) << real;
              })};
    case 6: {
      const char c = static_cast<char>(' ' + d.below(90));
      return {" << " + quoted(c), silent([=](std::iostream& s) { s << c; })};
    }
    case 7: {
      const auto small = static_cast<unsigned short>(d.below(65536));
      return {" << static_cast<unsigned short>(" + std::to_string(small) + ") << '\\n'",
              silent([=](std::iostream& s) { s << small << '\n'; })};
    }
    default: {
      const std::string text = some_text(d);
      return {" << std::string(" + quoted(text) + ")",
              silent([=](std::iostream& s) { s << text; })};
    }
  }
}

option put_unformatted(dice& d) {
  switch (d.below(5)) {
    case 0: {
      const char c = static_cast<char>(d.below(256));
      return {".put(" + quoted(c) + ")", silent([=](std::iostream& s) { s.put(c); })};
    }
    case 1:
      return {".flush()", silent([](std::iostream& s) { s.flush(); })};
    case 2:
      return {" << std::endl", silent([](std::iostream& s) { s << std::endl; })};
    case 3:
      return {".tellp()", [](std::iostream& s) { return std::to_string(s.tellp()); }};
    default: {
      const std::string text = some_text(d);
      return {".write(" + quoted(text) + ", " + std::to_string(text.size()) + ")",
              silent([=](std::iostream& s) {
                s.write(text.data(), static_cast<std::streamsize>(text.size()));
              })};
    }
  }
}

option get_formatted(dice& d) {
  switch (d.below(10)) {
    case 0:
      return {" >> int_value", extraction(-1)};
    case 1:
      return {" >> long_value", extraction(-1L)};
    case 2:
      return {" >> short_value", extraction(static_cast<unsigned short>(1))};
    case 3:
      return {" >> double_value", extraction(-1.0)};
    case 4:
      return {" >> std::hex >> int_value >> std::dec", [](std::iostream& s) {
                int value = -1;
                s >> std::hex >> value >> std::dec;
                return std::to_string(value);
              }};
    case 5:
      return {" >> char_value", extraction('?')};
    case 6:
      return {" >> bool_value", extraction(false)};
    case 7:
      return {" >> std::ws", silent([](std::iostream& s) { s >> std::ws; })};
    case 8: {
      const int width = static_cast<int>(1 + d.below(10));
      return {" >> std::setw(" + std::to_string(width) + ") >> string_value",
              [=](std::iostream& s) {
                std::string value = "?";
                s >> std::setw(width) >> value;
                return value;
              }};
    }
    default:
      return {" >> string_value", extraction(std::string("?"))};
  }
}

option get_characters(dice& d) {
  switch (d.below(7)) {
    case 0:
    case 1:
      return {".get()", [](std::iostream& s) {
                const int c = s.get();
                return with_count(s, std::to_string(c));
              }};
    case 2:
      return {".get(char_value)", [](std::iostream& s) {
                char c = '?';
                s.get(c);
                return with_count(s, std::string(1, c));
              }};
    case 3:
      return {".peek()", [](std::iostream& s) {
                const int c = s.peek();
                return with_count(s, std::to_string(c));
              }};
    case 4:
    case 5:
      return {".unget()", [](std::iostream& s) {
                s.unget();
                return with_count(s, "");
              }};
    default: {
      const char c = static_cast<char>('A' + d.below(26));
      return {".putback(" + quoted(c) + ")", [=](std::iostream& s) {
                s.putback(c);
                return with_count(s, "");
              }};
    }
  }
}

std::size_t some_size(dice& d) {
  return d.one_in(6) ? d.of<std::size_t, 4>({4096, 5000, 16384, 30000}) : d.below(30);
}

// A block that is read by one of the members that take memory and a size.
template <class Read>
action block(std::size_t size, Read read) {
  return [=](std::iostream& s) {
    std::string value(size + 1, '?');
    read(s, &value[0], static_cast<std::streamsize>(size));
    return with_count(s, value);
  };
}

option get_block(dice& d) {
  const std::size_t size = some_size(d);
  const std::string n = std::to_string(size);
  const char end = some_delimiter(d);
  switch (d.below(6)) {
    case 0:
      return {".read(buffer, " + n + ")",
              block(size, [](std::iostream& s, char* to, std::streamsize k) { s.read(to, k); })};
    case 1:
      return {
          ".get(buffer, " + n + ", " + quoted(end) + ")",
          block(size, [=](std::iostream& s, char* to, std::streamsize k) { s.get(to, k, end); })};
    case 2:
      return {".getline(buffer, " + n + ", " + quoted(end) + ")",
              block(size,
                    [=](std::iostream& s, char* to, std::streamsize k) { s.getline(to, k, end); })};
    case 3:
      return {".ignore(" + n + ", " + quoted(end) + ")", [=](std::iostream& s) {
                s.ignore(static_cast<std::streamsize>(size), end);
                return with_count(s, "");
              }};
    case 4:
      return {".ignore(" + n + ")", [=](std::iostream& s) {
                s.ignore(static_cast<std::streamsize>(size));
                return with_count(s, "");
              }};
    default:
      return {": std::getline(_, string_value, " + quoted(end) + ")", [=](std::iostream& s) {
                std::string value = "?";
                std::getline(s, value, end);
                return value;
              }};
  }
}

option change_state(dice& d) {
  static const std::array<std::pair<const char*, ios::iostate>, 5> bits{
      {{"goodbit", ios::goodbit},
       {"eofbit", ios::eofbit},
       {"failbit", ios::failbit},
       {"badbit", ios::badbit},
       {"eofbit | failbit", ios::eofbit | ios::failbit}}};
  const auto& some = bits[d.below(bits.size())];
  const ios::iostate state = some.second;
  switch (d.below(9)) {
    case 0:
      return {std::string(".clear(") + some.first + ")",
              silent([=](std::iostream& s) { s.clear(state); })};
    case 1:
      return {std::string(".exceptions(") + some.first + ")",
              silent([=](std::iostream& s) { s.exceptions(state); })};
    case 2:
      return {" >> std::noskipws", silent([](std::iostream& s) { s >> std::noskipws; })};
    case 3:
      return {" >> std::skipws", silent([](std::iostream& s) { s >> std::skipws; })};
    case 4:
      return {".tellg()", [](std::iostream& s) { return std::to_string(s.tellg()); }};
    case 5:
      return {".seekg(0)", silent([](std::iostream& s) { s.seekg(0); })};
    case 6:
      return {".sync()", [](std::iostream& s) { return std::to_string(s.sync()); }};
    default:
      return {".clear()", silent([](std::iostream& s) { s.clear(); })};
  }
}

step special(dice& d, int party, bool late) {
  const auto n = static_cast<std::streamsize>(some_size(d));
  switch (d.below(late ? 8 : 5)) {
    case 0:
      return {party, ".rdbuf()->in_avail()", step_kind::available, {}, 0};
    case 1:
      return {party, ".readsome(buffer, " + std::to_string(n) + ")", step_kind::readsome, {}, n};
    case 2:
      return {
          party, ".swap(" + party_name((party + 2) % party_count) + ")", step_kind::swap, {}, 0};
    case 3:
      return {party, ": stream moved(std::move(_))", step_kind::move, {}, 0};
    case 4:
      return {party, ": stream moved; moved = std::move(_)", step_kind::move_assign, {}, 0};
    case 5:
      return {party, ".close()", step_kind::close, {}, 0};
    default:
      return {party, ".shutdown_write()", step_kind::shutdown_write, {}, 0};
  }
}

step random_step(dice& d, bool late) {
  const int party = static_cast<int>(d.below(d.one_in(5) ? party_count : 2));
  const std::uint64_t what = d.below(20);
  if (what >= 18) return special(d, party, late);
  option o;
  if (what < 4) {
    o = put_formatted(d);
  } else if (what < 7) {
    o = put_unformatted(d);
  } else if (what < 10) {
    o = get_formatted(d);
  } else if (what < 13) {
    o = get_characters(d);
  } else if (what < 16) {
    o = get_block(d);
  } else {
    o = change_state(d);
  }
  return {party, o.text, step_kind::plain, o.act, 0};
}

}  // namespace

std::string party_name(int party) { return std::string(1, static_cast<char>('a' + party)); }

program random_program(std::uint64_t seed) {
  dice d(seed);
  program p{seed, {}};
  for (int party = 0; party != party_count; ++party) {
    if (!d.one_in(4)) continue;
    const auto n = d.of<std::streamsize, 5>({0, 1, 7, 100, 5000});
    p.steps.push_back({party,
                       ".rdbuf()->pubsetbuf(nullptr, " + std::to_string(n) + ")",
                       step_kind::set_buffer,
                       {},
                       n});
  }
  const std::uint64_t length = 5 + d.below(60);
  for (std::uint64_t i = 0; i != length; ++i) p.steps.push_back(random_step(d, i > length / 2));
  return p;
}

std::string to_text(const program& p) {
  std::string text = "// seed " + std::to_string(p.seed) + "\n";
  for (const step& s : p.steps) text += party_name(s.party) + s.text + ";\n";
  return text;
}

}  // namespace test
}  // namespace iostls
