// SPDX-License-Identifier: Apache-2.0
// Seeing an input operation begin, where the standard library makes that necessary.
//
// libc++'s istream::sentry skips white space outside of any try block: what a streambuf throws
// there leaves `>>` whatever exceptions() says, and end-of-file returned there instead would set
// eofbit, as if the connection had ended well. So the buffer has to know when it is asked from
// within a sentry; then it sets badbit at the stream and shows a character, on which the sentry
// stops, finds the stream no longer good, and the operation does not take place
// (ssl_streambuf::refused_input). The beginning of a sentry shows because it flushes the tied
// stream: that is what is tied here.
#pragma once

#include <ios>
#include <memory>
#include <ostream>

#include "streambuf_access.hpp"

namespace iostls {
namespace detail {

#if defined(_LIBCPP_VERSION)

class sentry_watch final : private std::streambuf, public std::ostream {
 public:
  explicit sentry_watch(ssl_streambuf& buffer) : std::ostream(this), watched_(buffer) {}

 private:
  int sync() override {
    streambuf_access::sentry_begins(watched_);
    return 0;
  }

  ssl_streambuf& watched_;
};

inline std::unique_ptr<std::ostream> watch_sentries(ssl_streambuf& buffer) {
  return std::make_unique<sentry_watch>(buffer);
}

#else

inline std::unique_ptr<std::ostream> watch_sentries(ssl_streambuf& /*buffer*/) { return nullptr; }

#endif

}  // namespace detail
}  // namespace iostls
