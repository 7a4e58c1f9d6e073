// SPDX-License-Identifier: Apache-2.0
#include "dictionary.hpp"

#include <map>
#include <sstream>
#include <stdexcept>

namespace dictionary {
namespace {

const std::map<std::string, std::string>& definitions() {
  static const std::map<std::string, std::string> all = {
      {"stream", "What one can write to and read from,\nwithout a position."},
      {"record", "A piece of at most 16 KiB\nthat is encrypted and checked as a whole."},
      {"handshake", "How two ends agree on keys,\nand how one learns who the other is."},
  };
  return all;
}

bool read_line(std::istream& in, std::string& line) {
  if (!getline(in, line)) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

void define(std::ostream& out, const std::string& word) {
  const auto found = definitions().find(word);
  if (found == definitions().end()) {
    out << "552 no match\r\n";
    return;
  }
  out << "150 1 definitions retrieved\r\n151 \"" << word << "\" own \"The example's own\"\r\n";
  std::istringstream text(found->second);
  std::string line;
  while (getline(text, line)) out << line << "\r\n";
  out << ".\r\n250 ok\r\n";
}

// Reads an answer's first line. Throws unless it has the code.
void expect(std::istream& in, const std::string& code) {
  std::string line;
  if (!read_line(in, line)) throw std::runtime_error("the server does not answer");
  if (line.compare(0, code.size(), code) != 0) throw std::runtime_error(line);
}

}  // namespace

void answer(std::istream& in, std::ostream& out) {
  out << "220 dictionary\r\n" << std::flush;
  std::string line;
  while (read_line(in, line)) {
    std::istringstream words(line);
    std::string command, database, word;
    words >> command >> database >> word;
    if (command == "QUIT") {
      out << "221 bye\r\n" << std::flush;
      return;
    }
    if (command == "DEFINE" && !word.empty()) {
      define(out, word);
    } else {
      out << "500 unknown command\r\n";
    }
    out << std::flush;
  }
}

std::string look_up(std::istream& in, std::ostream& out, const std::string& word) {
  expect(in, "220");
  out << "DEFINE * " << word << "\r\n" << std::flush;
  expect(in, "150");
  expect(in, "151");
  std::string line, definition;
  while (read_line(in, line) && line != ".") definition += line + '\n';
  expect(in, "250");
  out << "QUIT\r\n" << std::flush;
  expect(in, "221");
  return definition;
}

}  // namespace dictionary
