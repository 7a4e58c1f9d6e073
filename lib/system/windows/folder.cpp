// SPDX-License-Identifier: Apache-2.0
#include "system/folder.hpp"

#include <cerrno>

#include "system/windows/wide_text.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

class search {
 public:
  explicit search(const std::string& path)
      : handle_(::FindFirstFileW(wide(path + "\\*").c_str(), &entry_)),
        fault_(is_open() ? 0 : errno_of_windows(::GetLastError())) {}
  search(const search&) = delete;
  search& operator=(const search&) = delete;
  ~search() {
    if (is_open()) ::FindClose(handle_);
  }

  bool is_open() const noexcept { return handle_ != INVALID_HANDLE_VALUE; }
  int fault() const noexcept { return fault_; }
  std::string name() const { return narrow(entry_.cFileName); }
  bool next() noexcept { return ::FindNextFileW(handle_, &entry_) != 0; }

 private:
  WIN32_FIND_DATAW entry_{};
  const HANDLE handle_;
  const int fault_;
};

}  // namespace

int folder_fault(const std::string& path) {
  const DWORD attributes = ::GetFileAttributesW(wide(path).c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) return errno_of_windows(::GetLastError());
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) return ENOTDIR;
  return search(path).fault();
}

std::vector<std::string> names_in_folder(const std::string& path) {
  std::vector<std::string> names;
  search s(path);
  if (!s.is_open()) return names;
  do {
    names.push_back(s.name());
  } while (s.next());
  return names;
}

char folder_separator() noexcept { return ';'; }

}  // namespace detail
}  // namespace iostls
