// SPDX-License-Identifier: Apache-2.0
#include "system/input_file.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>

#include "system/windows/wide_text.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

// The C library calls a folder "Permission denied".
int fault_of(const std::wstring& path, int number) noexcept {
  const DWORD attributes = ::GetFileAttributesW(path.c_str());
  const bool is_folder =
      attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  return is_folder ? EISDIR : number;
}

}  // namespace

// Named pipes have a place of their own, and are not among the files.
input_file::input_file(const std::string& path, named_pipe /*what_if*/) {
  const std::wstring name = wide(path);
  fd_ = ::_wopen(name.c_str(), _O_RDONLY | _O_BINARY | _O_NOINHERIT);
  if (fd_ < 0) fault_ = fault_of(name, errno);
}

input_file::~input_file() {
  if (fd_ >= 0) ::_close(fd_);
}

std::size_t input_file::size() const noexcept {
  const __int64 size = ::_filelengthi64(fd_);
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

std::ptrdiff_t input_file::read(void* data, std::size_t size) {
  return ::_read(fd_, data, static_cast<unsigned>(std::min<std::size_t>(size, INT_MAX)));
}

}  // namespace detail
}  // namespace iostls
