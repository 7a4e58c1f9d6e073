// SPDX-License-Identifier: Apache-2.0
// Finds out which function of the standard library is calling a stream buffer, if that determines
// how a failure can be reported.
//
// A buffer does not know its caller. Yet two functions for input synchronise it, perhaps beside a
// thread that writes, and so must not take what that has written: std::istream::sync(), and the
// sentry of an istream that is tied to an ostream on the same buffer.
//
// And two callers must learn about failures in another way than all others. std::ostream::flush()
// catches what pubsync() throws, while destructors (sentries under unitbuf, archives, filters) also
// call pubsync(), and end the program if it throws. And the
// sentry of libc++'s std::istream skips white space outside of any try block: an exception from
// there leaves `>>` whatever exceptions() is.
//
// All of them are compiled once, into the standard library, and are never inlined, since they are
// declared `extern template` and are large. So the place where one of them calls a buffer can be
// found by making it call one. If a compiler does inline it, it is not recognised: a function for
// input then sends what other threads have written, a flush reports its failure by badbit and a
// plain std::ios_base::failure, and a sentry of libc++ lets the ssl_error out.
#pragma once

namespace iostls {
namespace detail {

// The value of __builtin_return_address(0) in an override of a member of std::streambuf.
using return_address = const void*;

// Whether it belongs to the call in std::ostream::flush(), which catches exceptions.
bool is_flush(return_address caller) noexcept;

// Whether it belongs to the call in std::istream::sync().
bool is_input_sync(return_address caller) noexcept;

// Whether it belongs to the question of std::istream::readsome(), which is asked for a stream that is good.
bool is_readsome(return_address caller) noexcept;

// Whether the current function was called by a sentry of std::istream, for the ostream that it is
// tied to; buffers of the program may be in between. This takes about a microsecond.
bool is_within_input_sentry() noexcept;

// Whether sync() was called by a function for input.
inline bool is_for_input(return_address caller) noexcept {
  return is_input_sync(caller) || is_within_input_sentry();
}

// Whether it belongs to a sentry of std::istream that does not catch exceptions: only in libc++.
bool is_unguarded_sentry(return_address caller) noexcept;

}  // namespace detail
}  // namespace iostls
