// SPDX-License-Identifier: Apache-2.0
#include "stream/library_caller.hpp"

#include <exception>
#include <istream>
#include <ostream>
#include <streambuf>

#if defined(_LIBCPP_VERSION)
#include <unwind.h>
#endif

namespace iostls {
namespace detail {
namespace {

// Records its caller.
class called_buffer : public std::streambuf {
 public:
  return_address caller = nullptr;

 protected:
  int sync() override {
    caller = __builtin_return_address(0);
    return 0;
  }
  int_type underflow() override {
    caller = __builtin_return_address(0);
    return traits_type::eof();
  }
};

// Called through a pointer that the compiler cannot see through, so that it is the standard
// library's own code.
return_address address_in_flush() {
  std::ostream& (std::ostream::*volatile flush)() = &std::ostream::flush;
  called_buffer buffer;
  std::ostream out(&buffer);
  (out.*flush)();
  return buffer.caller;
}

#if defined(_LIBCPP_VERSION)

// Compilers duplicate parts of the loop, so there is more than one place in it.
return_address function_of(return_address place) noexcept {
  return place != nullptr ? _Unwind_FindEnclosingFunction(const_cast<void*>(place)) : nullptr;
}

return_address address_in_extraction() {
  std::istream& (std::istream::*volatile extract)(int&) = &std::istream::operator>>;
  called_buffer buffer;
  std::istream in(&buffer);
  int ignored = 0;
  (in.*extract)(ignored);
  return buffer.caller;
}

return_address address_in_sentry() {
  called_buffer buffer;
  std::istream in(&buffer);
  const std::istream::sentry skips(in);
  return buffer.caller;
}

#endif

}  // namespace

bool is_flush(return_address caller) noexcept try {
  return caller != nullptr && caller == address_in_flush();
} catch (const std::exception&) {
  return false;
}

#if defined(_LIBCPP_VERSION)

bool is_unguarded_sentry(return_address caller) noexcept try {
  const return_address function = function_of(caller);
  return function != nullptr && (function == function_of(address_in_extraction()) ||
                                 function == function_of(address_in_sentry()));
} catch (const std::exception&) {
  return false;
}

#else

bool is_unguarded_sentry(return_address /*caller*/) noexcept { return false; }

#endif

}  // namespace detail
}  // namespace iostls
