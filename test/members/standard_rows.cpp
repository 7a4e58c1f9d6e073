// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

#include <iostls/getline.hpp>

#include "stream_rows.hpp"

namespace iostls {
namespace test {
namespace {

row standard(const char* member, std::function<void(ssl_stream&)> f) {
  return {member, [f = std::move(f)](subject& s) { f(s.stream()); }, row::standard};
}

}  // namespace

std::vector<row> standard_stream_rows() {
  return {
      standard("std::istream::get()", [](ssl_stream& s) { s.get(); }),
      standard("std::istream::get(std::streambuf&)",
               [](ssl_stream& s) {
                 std::stringbuf to;
                 s.get(to);
               }),
      standard("std::istream::peek()", [](ssl_stream& s) { s.peek(); }),
      standard("std::istream::read(char*, std::streamsize)",
               [](ssl_stream& s) {
                 char few[7];
                 s.read(few, sizeof few);
               }),
      standard("std::istream::readsome(char*, std::streamsize)",
               [](ssl_stream& s) {
                 char few[7];
                 s.readsome(few, sizeof few);
               }),
      standard("std::istream::getline(char*, std::streamsize)",
               [](ssl_stream& s) {
                 char few[7];
                 s.getline(few, sizeof few);
               }),
      standard("std::getline(std::istream&, std::string&)",
               [](ssl_stream& s) {
                 std::string line;
                 std::getline(s, line);
               }),
      standard("getline(std::istream&, std::string&, std::size_t)",
               [](ssl_stream& s) {
                 std::string line;
                 getline(s, line, 5);
                 getline(s, line, 0);
               }),
      standard("std::istream::ignore(std::streamsize)", [](ssl_stream& s) { s.ignore(5); }),
      standard("std::istream::unget()", [](ssl_stream& s) { s.unget(); }),
      standard("std::istream::putback(char)", [](ssl_stream& s) { s.putback('x'); }),
      standard("std::istream::sync()", [](ssl_stream& s) { s.sync(); }),
      standard("std::istream::tellg()", [](ssl_stream& s) { s.tellg(); }),
      standard("std::istream::seekg(pos_type)", [](ssl_stream& s) { s.seekg(1); }),
      standard("std::istream::operator>>(int&)",
               [](ssl_stream& s) {
                 int n = 0;
                 s >> n;
               }),
      standard("std::operator>>(std::istream&, std::string&)",
               [](ssl_stream& s) {
                 std::string word;
                 s >> word;
               }),
      standard("std::istream::operator>>(std::streambuf*)",
               [](ssl_stream& s) {
                 std::stringbuf to;
                 s >> &to;
               }),
      standard("std::ws(std::istream&)", [](ssl_stream& s) { s >> std::ws; }),
      standard("std::ostream::put(char)", [](ssl_stream& s) { s.put('x'); }),
      standard("std::ostream::write(const char*, std::streamsize)",
               [](ssl_stream& s) {
                 const std::string much(100000, 'x');
                 s.write(much.data(), 100000);
               }),
      standard("std::ostream::flush()", [](ssl_stream& s) { s.flush(); }),
      standard("std::ostream::operator<<(int)", [](ssl_stream& s) { s << 12 << ' ' << std::endl; }),
      standard("std::ostream::operator<<(std::streambuf*)",
               [](ssl_stream& s) {
                 std::stringbuf from("some words");
                 s << &from;
               }),
      standard("std::unitbuf(std::ios_base&)",
               [](ssl_stream& s) { s << std::unitbuf << "x" << std::nounitbuf; }),
      standard("std::ostream::tellp()", [](ssl_stream& s) { s.tellp(); }),
      standard("std::ostream::seekp(pos_type)", [](ssl_stream& s) { s.seekp(1); })};
}

}  // namespace test
}  // namespace iostls
