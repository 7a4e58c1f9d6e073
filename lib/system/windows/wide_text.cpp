// SPDX-License-Identifier: Apache-2.0
#include "system/windows/wide_text.hpp"

#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

std::wstring converted(const std::string& text, UINT code_page, DWORD flags) {
  const int size = static_cast<int>(text.size());
  const int room = ::MultiByteToWideChar(code_page, flags, text.data(), size, nullptr, 0);
  std::wstring result(room > 0 ? static_cast<std::size_t>(room) : 0, L'\0');
  if (room > 0) ::MultiByteToWideChar(code_page, flags, text.data(), size, &result[0], room);
  return result;
}

}  // namespace

std::wstring wide(const std::string& text) {
  std::wstring result = converted(text, CP_UTF8, MB_ERR_INVALID_CHARS);
  return result.empty() && !text.empty() ? converted(text, CP_ACP, 0) : result;
}

std::string narrow(const std::wstring& text) {
  const int size = static_cast<int>(text.size());
  const int room =
      ::WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
  std::string result(room > 0 ? static_cast<std::size_t>(room) : 0, '\0');
  if (room > 0) {
    ::WideCharToMultiByte(CP_UTF8, 0, text.data(), size, &result[0], room, nullptr, nullptr);
  }
  return result;
}

}  // namespace detail
}  // namespace iostls
