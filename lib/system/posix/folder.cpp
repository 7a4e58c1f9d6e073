// SPDX-License-Identifier: Apache-2.0
#include "system/folder.hpp"

#include <cerrno>
#include <memory>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace iostls {
namespace detail {
namespace {

struct close_folder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

}  // namespace

int folder_fault(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISDIR(status.st_mode)) return ENOTDIR;
  return ::access(path.c_str(), R_OK | X_OK) != 0 ? errno : 0;
}

std::vector<std::string> names_in_folder(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, close_folder> folder(::opendir(path.c_str()));
  if (folder == nullptr) return names;
  while (const dirent* const entry = ::readdir(folder.get())) names.emplace_back(entry->d_name);
  return names;
}

char folder_separator() noexcept { return ':'; }

}  // namespace detail
}  // namespace iostls
