// SPDX-License-Identifier: Apache-2.0
#include "system/peek.hpp"

#include <algorithm>
#include <climits>

#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {

// A full buffer is called an error here, when the rest would stay; it stays in any case.
std::ptrdiff_t peek_now(int fd, void* data, std::size_t size) noexcept {
  const int most = static_cast<int>(std::min<std::size_t>(size, INT_MAX));
  const int n = ::recv(socket_of(fd), static_cast<char*>(data), most, MSG_PEEK);
  return n == SOCKET_ERROR && ::WSAGetLastError() == WSAEMSGSIZE ? most : result_of(n);
}

}  // namespace detail
}  // namespace iostls
