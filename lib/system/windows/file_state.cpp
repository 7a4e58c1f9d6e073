// SPDX-License-Identifier: Apache-2.0
#include "system/file_state.hpp"

#include <algorithm>
#include <new>

#include "system/windows/wide_text.hpp"
#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {
namespace {

std::uint64_t joined(DWORD high, DWORD low) noexcept {
  return static_cast<std::uint64_t>(high) << 32U | low;
}

// Windows counts pieces of 100 nanoseconds since 1601.
std::int64_t in_nanoseconds(const FILETIME& time) noexcept {
  constexpr std::int64_t pieces_until_1970 = 116444736000000000;
  const auto pieces = static_cast<std::int64_t>(joined(time.dwHighDateTime, time.dwLowDateTime));
  return (pieces - pieces_until_1970) * 100;
}

file_state state_of(const std::wstring& path) noexcept {
  file_state state;
  const HANDLE file = ::CreateFileW(
      path.c_str(), FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
      nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);  // which folders need
  if (file == INVALID_HANDLE_VALUE) return state;
  BY_HANDLE_FILE_INFORMATION found;
  if (::GetFileInformationByHandle(file, &found) != 0) {
    state.device = found.dwVolumeSerialNumber;
    state.number = joined(found.nFileIndexHigh, found.nFileIndexLow);
    state.size = joined(found.nFileSizeHigh, found.nFileSizeLow);
    state.modified = in_nanoseconds(found.ftLastWriteTime);
    state.changed = std::max(state.modified, in_nanoseconds(found.ftCreationTime));
  }
  ::CloseHandle(file);
  return state;
}

// FNV-1a, 64 bits.
class hash {
 public:
  void add(std::uint64_t number) noexcept {
    for (unsigned shift = 0; shift != 64; shift += 8) {
      value_ = (value_ ^ (number >> shift & 0xffU)) * 1099511628211U;
    }
  }
  std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037U;
};

// A sum of hashes, since the entries come in no order that is promised.
void add_entry(file_state& to, const std::wstring& folder, const std::wstring& name) {
  const file_state state = state_of(folder + L'\\' + name);
  hash h;
  for (const wchar_t c : name) h.add(static_cast<std::uint64_t>(c));
  for (const std::uint64_t part :
       {state.device, state.number, state.size, static_cast<std::uint64_t>(state.modified),
        static_cast<std::uint64_t>(state.changed)}) {
    h.add(part);
  }
  to.entries += h.value();
  to.changed = std::max(to.changed, state.changed);
}

void add_entries(file_state& to, const std::wstring& folder) {
  WIN32_FIND_DATAW entry;
  const HANDLE search = ::FindFirstFileW((folder + L"\\*").c_str(), &entry);
  if (search == INVALID_HANDLE_VALUE) return;
  do {
    if (entry.cFileName[0] != L'.') add_entry(to, folder, entry.cFileName);
  } while (::FindNextFileW(search, &entry) != 0);
  ::FindClose(search);
}

}  // namespace

file_state state_of_file(const std::string& path) noexcept try {
  return state_of(wide(path));
} catch (const std::bad_alloc&) {
  return {};
}

// Named pipes have a place of their own, and are not among the files.
bool is_read_once(const std::string& /*path*/) noexcept { return false; }

file_state state_of_folder(const std::string& path) noexcept try {
  const std::wstring folder = wide(path);
  file_state state = state_of(folder);
  add_entries(state, folder);
  return state;
} catch (const std::bad_alloc&) {
  return {};
}

}  // namespace detail
}  // namespace iostls
