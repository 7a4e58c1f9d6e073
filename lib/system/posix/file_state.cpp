// SPDX-License-Identifier: Apache-2.0
#include "system/file_state.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

namespace iostls {
namespace detail {
namespace {

struct close_directory {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

constexpr std::int64_t second = 1000000000;

std::int64_t in_nanoseconds(const timespec& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * second + time.tv_nsec;
}

bool is_file_or_folder(const struct stat& status) noexcept {
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

file_state state_of(const struct stat& status) noexcept {
  file_state state;
  if (!is_file_or_folder(status)) return state;
  state.device = static_cast<std::uint64_t>(status.st_dev);
  state.number = static_cast<std::uint64_t>(status.st_ino);
  state.size = static_cast<std::uint64_t>(status.st_size);
#ifdef __APPLE__
  state.modified = in_nanoseconds(status.st_mtimespec);
  state.changed = in_nanoseconds(status.st_ctimespec);
#else
  state.modified = in_nanoseconds(status.st_mtim);
  state.changed = in_nanoseconds(status.st_ctim);
#endif
  return state;
}

// FNV-1a, 64 bits.
class hash {
 public:
  void add(std::uint64_t number) noexcept {
    for (int shift = 0; shift != 64; shift += 8) {
      value_ = (value_ ^ (number >> static_cast<unsigned>(shift) & 0xffU)) * 1099511628211U;
    }
  }
  std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037U;
};

// A sum of hashes, since the entries come in no order.
void add_entry(file_state& to, int folder, const char* name) noexcept {
  struct stat status {};
  const bool is_there = ::fstatat(folder, name, &status, 0) == 0;
  const file_state state = is_there ? state_of(status) : file_state();
  hash h;
  for (const char* at = name; *at != '\0'; ++at) h.add(static_cast<unsigned char>(*at));
  for (const std::uint64_t part :
       {state.device, state.number, state.size, static_cast<std::uint64_t>(state.modified),
        static_cast<std::uint64_t>(state.changed)}) {
    h.add(part);
  }
  to.entries += h.value();
  to.changed = std::max(to.changed, state.changed);
}

}  // namespace

file_state state_of_file(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? state_of(status) : file_state();
}

bool is_read_once(const std::string& path) noexcept {
  struct stat status {};
  struct stat null_device {};
  if (::stat(path.c_str(), &status) != 0 || is_file_or_folder(status)) return false;
  return ::stat("/dev/null", &null_device) != 0 || status.st_rdev != null_device.st_rdev;
}

file_state state_of_folder(const std::string& path) noexcept {
  file_state state = state_of_file(path);
  const std::unique_ptr<DIR, close_directory> folder(::opendir(path.c_str()));
  if (folder == nullptr) return state;
  while (const dirent* const entry = ::readdir(folder.get())) {
    if (entry->d_name[0] == '.') continue;
    add_entry(state, ::dirfd(folder.get()), entry->d_name);
  }
  return state;
}

}  // namespace detail
}  // namespace iostls
