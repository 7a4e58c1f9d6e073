// SPDX-License-Identifier: Apache-2.0
#include "stream/library_caller.hpp"

#include <unwind.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <istream>
#include <ostream>
#include <streambuf>

#include "system/retried_once.hpp"

namespace iostls {
namespace detail {
namespace {

// Where the functions that have called the current one go on, innermost first.
class call_chain {
 public:
  call_chain() { _Unwind_Backtrace(&add, this); }

  // A place as a number. No place has the number 1.
  using number = std::uintptr_t;
  static constexpr number no_place = 1;

  bool has(number place) const { return find(place) != size_; }
  // Where the caller of the function with this place goes on; 0 if there is none.
  number caller_of(return_address place) const {
    const std::size_t next = find(number_of(reinterpret_cast<number>(place))) + 1;
    return next < size_ ? places_[next] : 0;
  }

 private:
  // On ARM, the lowest bit of an address, but not of all, marks Thumb code.
  static number number_of(number address) { return address & ~number{1}; }

  static _Unwind_Reason_Code add(_Unwind_Context* context, void* chain) {
    call_chain& c = *static_cast<call_chain*>(chain);
    if (c.size_ == c.places_.size()) return _URC_END_OF_STACK;
    c.places_[c.size_++] = number_of(_Unwind_GetIP(context));
    return _URC_NO_REASON;
  }

  // The index of a place; their number if it is none of them.
  std::size_t find(number place) const {
    std::size_t i = 0;
    while (i != size_ && places_[i] != place) ++i;
    return i;
  }

  std::array<number, 16> places_{};
  std::size_t size_ = 0;
};

// Records its caller, and the caller of that.
class called_buffer : public std::streambuf {
 public:
  return_address caller = nullptr;
  call_chain::number next_caller = 0;

 protected:
  int sync() override {
    caller = __builtin_return_address(0);
    next_caller = call_chain().caller_of(caller);
    return 0;
  }
  std::streamsize showmanyc() override {
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

return_address address_in_input_sync() {
  int (std::istream::*volatile sync)() = &std::istream::sync;
  called_buffer buffer;
  std::istream in(&buffer);
  (in.*sync)();
  return buffer.caller;
}

return_address address_in_readsome() {
  std::streamsize (std::istream::*volatile readsome)(char*, std::streamsize) =
      &std::istream::readsome;
  called_buffer buffer;
  std::istream in(&buffer);
  char byte;
  (in.*readsome)(&byte, 1);
  return buffer.caller;
}

call_chain::number place_in_tied_sentry() {
  called_buffer buffer;
  std::ostream out(&buffer);
  std::istream in(&buffer);
  in.tie(&out);
  in.peek();
  return buffer.next_caller;
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

bool is_at(retried_once<return_address, nullptr>& place, return_address (*find)(),
           return_address caller) noexcept try {
  return caller != nullptr && caller == place.get(find);
} catch (const std::exception&) {
  return false;
}

}  // namespace

bool is_flush(return_address caller) noexcept try {
  return caller != nullptr && caller == address_in_flush();
} catch (const std::exception&) {
  return false;
}

bool is_input_sync(return_address caller) noexcept {
  static retried_once<return_address, nullptr> place;
  return is_at(place, address_in_input_sync, caller);
}

bool is_readsome(return_address caller) noexcept {
  static retried_once<return_address, nullptr> place;
  return is_at(place, address_in_readsome, caller);
}

bool is_within_input_sentry() noexcept try {
  static retried_once<call_chain::number, call_chain::no_place> known;
  const call_chain::number place = known.get(place_in_tied_sentry);
  return place != 0 && call_chain().has(place);
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
