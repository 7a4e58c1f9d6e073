// SPDX-License-Identifier: Apache-2.0
#include <iostls/getline.hpp>

#include <ios>
#include <streambuf>

#include "stream/stream_state.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace {

using traits = std::istream::traits_type;

// Extracts the characters of the line; returns the bits to set.
std::ios::iostate take_line(std::streambuf& from, std::string& line, std::size_t max) {
  for (auto c = from.sgetc();; c = from.snextc()) {
    if (traits::eq_int_type(c, traits::eof())) {
      return line.empty() ? std::ios::eofbit | std::ios::failbit : std::ios::eofbit;
    }
    if (traits::eq_int_type(c, traits::to_int_type('\n'))) {
      from.sbumpc();
      return std::ios::goodbit;
    }
    if (line.size() >= max) return std::ios::failbit;
    line += traits::to_char_type(c);
  }
}

}  // namespace

std::istream& getline(std::istream& in, std::string& line, std::size_t max) {
  const std::istream::sentry is_ready(in, true);
  if (!is_ready) return in;
  std::ios::iostate bits = std::ios::goodbit;
  try {
    line.clear();
    bits = take_line(*in.rdbuf(), line, max);
  } catch (detail::forced_unwind&) {
    detail::set_badbit(in);
    throw;
  } catch (...) {
    detail::set_badbit(in);
    if ((in.exceptions() & std::ios::badbit) != 0) throw;
  }
  in.setstate(bits);
  return in;
}

}  // namespace iostls
