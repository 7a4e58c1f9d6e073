// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <sstream>

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zlib.hpp>
#include <boost/iostreams/filtering_stream.hpp>

#include "library.hpp"

namespace iostls {
namespace test {
namespace {

namespace io = boost::iostreams;

std::string text_of(const content& c) {
  std::ostringstream text;
  text << c.name << '\n' << c.pairs.at("one") << '\n' << c.pairs.at("two") << '\n';
  for (int n : c.numbers) text << n << '\n';
  return text.str();
}

content content_of(const std::string& text) {
  content c;
  std::istringstream in(text);
  getline(in, c.name);
  getline(in, c.pairs["one"]);
  getline(in, c.pairs["two"]);
  c.numbers.clear();
  for (int n; in >> n;) c.numbers.push_back(n);
  return c;
}

template <class Filter>
void write(std::ostream& out, const content& c) {
  io::filtering_ostream filtered;
  filtered.push(Filter());
  filtered.push(out);
  filtered << text_of(c);
}

template <class Filter>
bool read(std::istream& in, content& c) {
  io::filtering_istream filtered;
  filtered.push(Filter());
  filtered.push(in);
  filtered.exceptions(std::ios::badbit);
  std::ostringstream text;
  std::string line;
  while (getline(filtered, line)) text << line << '\n';
  c = content_of(text.str());
  return true;
}

}  // namespace

const std::vector<library>& libraries() {
  static const std::vector<library> all = {
      {"gzip", write<io::gzip_compressor>, read<io::gzip_decompressor>},
      {"zlib", write<io::zlib_compressor>, read<io::zlib_decompressor>},
  };
  return all;
}

}  // namespace test
}  // namespace iostls
