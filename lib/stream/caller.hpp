// SPDX-License-Identifier: Apache-2.0
// Which function of the standard library is calling a stream buffer, where that decides how a failure
// can be reported.
//
// A buffer does not know its caller, and yet two callers must learn of failures in another way than
// all others. std::ostream::flush() catches what pubsync() throws, while destructors (sentries under
// unitbuf, archives, filters) call pubsync(), too, and end the program if it throws. And the sentry of
// libc++'s std::istream skips white space outside of any try block: what is thrown there leaves `>>`
// whatever exceptions() says.
//
// Both are compiled once, into the standard library, and are never inlined, since they are declared
// `extern template` and are large. So the place where one of them calls a buffer is found by having it
// call one. Where a compiler does inline it, it is not recognised: a flush then reports its failure by
// badbit and a plain std::ios_base::failure, and a sentry of libc++ lets the ssl_error out.
#pragma once

namespace iostls {
namespace detail {

// What __builtin_return_address(0) is in an override of a member of std::streambuf. All that ask for it
// do so once something has failed.
using return_address = const void*;

// Whether it belongs to the call in std::ostream::flush(), which catches what is thrown.
bool is_flush(return_address caller) noexcept;

// Whether it belongs to a sentry of std::istream that does not catch what is thrown: in libc++ alone.
bool is_unguarded_sentry(return_address caller) noexcept;

}  // namespace detail
}  // namespace iostls
