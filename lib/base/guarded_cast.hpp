// SPDX-License-Identifier: Apache-2.0
// dynamic_cast for objects of classes that a program may have compiled without RTTI.
#pragma once

#include <cstring>

namespace iostls {
namespace detail {

// Whether the class of an object has a type_info. The pointer to it stands in front of the virtual
// functions, and is null in a class that was compiled with -fno-rtti (Itanium C++ ABI, 2.5.2);
// dynamic_cast would follow it. The object begins with its pointer to them.
inline bool has_type_info(const void* object) noexcept {
#ifdef _MSC_VER
  return object != nullptr;
#else
  const void* const* functions = nullptr;
  std::memcpy(&functions, object, sizeof functions);
  return functions[-1] != nullptr;
#endif
}

// Null if the object is no `To`, or if that cannot be found out. `From` needs virtual functions, and
// no base class without any in front of them.
template <class To, class From>
To* guarded_cast(From* object) noexcept {
  return object != nullptr && has_type_info(object) ? dynamic_cast<To*>(object) : nullptr;
}

}  // namespace detail
}  // namespace iostls
