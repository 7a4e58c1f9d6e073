// SPDX-License-Identifier: Apache-2.0
// What a stream buffer needs to know and to change of the stream above it.
#pragma once

#include <exception>
#include <ios>
#include <locale>
#include <ostream>

namespace iostls {
namespace detail {

// Sets badbit without throwing, whatever exceptions() says.
inline void set_badbit(std::ios& stream) noexcept {
  try {
    stream.setstate(std::ios::badbit);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the bit is set
  }
}

#if defined(_LIBCPP_VERSION)

// True if all characters since `mark` are white space; false if the mark is lost.
inline bool only_space(const std::ios* owner, const char* mark, const char* end) {
  if (owner == nullptr || mark == nullptr) return false;
  const auto& classifier = std::use_facet<std::ctype<char>>(owner->getloc());
  return classifier.scan_not(std::ctype_base::space, mark, end) == end;
}

// True if `owner` may be in the sentry of a formatted input operation. Where another stream was
// tied to it, nobody tells, and it is taken to be so: an exception must not leave an operator.
inline bool within_sentry(const std::ios* owner, const std::ostream* watch, const char* mark) {
  if (owner == nullptr || (owner->flags() & std::ios::skipws) == 0) return false;
  return owner->tie() != watch || mark != nullptr;
}

#else

inline bool only_space(const std::ios* /*owner*/, const char* /*mark*/, const char* /*end*/) {
  return false;
}

inline bool within_sentry(const std::ios* /*owner*/, const std::ostream* /*watch*/,
                          const char* /*mark*/) {
  return false;
}

#endif

}  // namespace detail
}  // namespace iostls
