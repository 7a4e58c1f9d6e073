// SPDX-License-Identifier: Apache-2.0
// The C library of Windows has errno, but no words for sockets' numbers; Winsock and the rest of Windows
// have numbers of their own.
#include "system/error_number.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/immortal.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

struct translation {
  int winsock;
  int number;
  const char* words;  // where Windows has none
};

constexpr std::array<translation, 37> translations = {{
    {WSAEINTR, EINTR, "Interrupted"},
    {WSAEBADF, EBADF, "Bad descriptor"},
    {WSAEACCES, EACCES, "Permission denied"},
    {WSAEFAULT, EFAULT, "Bad address"},
    {WSAEINVAL, EINVAL, "Invalid argument"},
    {WSAEMFILE, EMFILE, "Too many open sockets"},
    {WSAEWOULDBLOCK, EAGAIN, "Would block"},
    {WSAEINPROGRESS, EINPROGRESS, "In progress"},
    {WSAEALREADY, EALREADY, "Already in progress"},
    {WSAENOTSOCK, ENOTSOCK, "Not a socket"},
    {WSAEDESTADDRREQ, EDESTADDRREQ, "Destination address required"},
    {WSAEMSGSIZE, EMSGSIZE, "Message too long"},
    {WSAEPROTOTYPE, EPROTOTYPE, "Wrong protocol type"},
    {WSAENOPROTOOPT, ENOPROTOOPT, "No such protocol option"},
    {WSAEPROTONOSUPPORT, EPROTONOSUPPORT, "Protocol not supported"},
    {WSAEOPNOTSUPP, EOPNOTSUPP, "Operation not supported"},
    {WSAEAFNOSUPPORT, EAFNOSUPPORT, "Address family not supported"},
    {WSAEADDRINUSE, EADDRINUSE, "Address in use"},
    {WSAEADDRNOTAVAIL, EADDRNOTAVAIL, "Address not available"},
    {WSAENETDOWN, ENETDOWN, "Network is down"},
    {WSAENETUNREACH, ENETUNREACH, "Network is unreachable"},
    {WSAENETRESET, ENETRESET, "Network has dropped the connection"},
    {WSAECONNABORTED, ECONNABORTED, "Connection aborted"},
    {WSAECONNRESET, ECONNRESET, "Connection reset by peer"},
    {WSAENOBUFS, ENOBUFS, "No buffer space left"},
    {WSAEISCONN, EISCONN, "Already connected"},
    {WSAENOTCONN, ENOTCONN, "Not connected"},
    {WSAESHUTDOWN, EPIPE, "The connection was shut down"},
    {WSAETIMEDOUT, ETIMEDOUT, "Connection timed out"},
    {WSAECONNREFUSED, ECONNREFUSED, "Connection refused"},
    {WSAELOOP, ELOOP, "Too many symbolic links"},
    {WSAENAMETOOLONG, ENAMETOOLONG, "Name too long"},
    {WSAEHOSTUNREACH, EHOSTUNREACH, "Host is unreachable"},
    {WSAEHOSTDOWN, EHOSTUNREACH, "Host is unreachable"},
    {WSAENOTEMPTY, ENOTEMPTY, "Folder not empty"},
    {WSASYSNOTREADY, ENETDOWN, "Network is down"},
    {WSANOTINITIALISED, ENETDOWN, "Network is down"},
}};

std::string words_of(const translation& t) {
  const std::string known = std::system_category().message(t.winsock);
  return known.empty() || known.find("Unknown error") != std::string::npos ? t.words : known;
}

// Windows' words for what Winsock reports, and the C library's for the rest.
class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "system"; }

  std::string message(int number) const override {
    // From here on the C library has none.
    constexpr int first_of_sockets = EADDRINUSE;
    if (number >= first_of_sockets) {
      const auto* const found =
          std::find_if(translations.begin(), translations.end(),
                       [number](const translation& t) { return t.number == number; });
      if (found != translations.end()) return words_of(*found);
    }
    return std::generic_category().message(number);
  }

  // Here, EAGAIN and EWOULDBLOCK are two numbers.
  std::error_condition default_error_condition(int number) const noexcept override {
    return {number == EAGAIN ? EWOULDBLOCK : number, std::generic_category()};
  }

  bool equivalent(int number, const std::error_condition& condition) const noexcept override {
    return default_error_condition(number) == condition ||
           (number == EAGAIN && condition == std::errc::resource_unavailable_try_again);
  }
};

}  // namespace

const std::error_category& error_number_category() noexcept { return immortal<category>(); }

std::string errno_text(int number) { return error_number_category().message(number); }

int errno_of_winsock(int code) noexcept {
  const auto* const found =
      std::find_if(translations.begin(), translations.end(),
                   [code](const translation& t) { return t.winsock == code; });
  if (found != translations.end()) return found->number;
  return code == 0 ? 0 : EIO;
}

void set_errno_of_winsock() noexcept { errno = errno_of_winsock(::WSAGetLastError()); }

int errno_of_windows(unsigned long code) noexcept {
  switch (code) {
    case ERROR_SUCCESS:
      return 0;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_BAD_PATHNAME:
      return ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_PRIVILEGE_NOT_HELD:
      return EACCES;
    case ERROR_TOO_MANY_OPEN_FILES:
      return EMFILE;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
      return ENOMEM;
    case ERROR_DIRECTORY:
      return ENOTDIR;
    case ERROR_FILENAME_EXCED_RANGE:
      return ENAMETOOLONG;
    case ERROR_NO_UNICODE_TRANSLATION:
      return EILSEQ;
    case ERROR_DISK_FULL:
      return ENOSPC;
    case ERROR_INVALID_PARAMETER:
      return EINVAL;
    default:
      return EIO;
  }
}

}  // namespace detail
}  // namespace iostls
