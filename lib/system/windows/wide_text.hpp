// SPDX-License-Identifier: Apache-2.0
// The library's text is UTF-8, that of Windows UTF-16.
#pragma once

#include <string>

namespace iostls {
namespace detail {

// What is not UTF-8 is taken for text of the program's own code page, as OpenSSL does.
std::wstring wide(const std::string& text);

std::string narrow(const std::wstring& text);

}  // namespace detail
}  // namespace iostls
