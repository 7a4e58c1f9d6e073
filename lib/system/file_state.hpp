// SPDX-License-Identifier: Apache-2.0
// Whether a file is still what it was, without reading it.
#pragma once

#include <cstdint>
#include <string>

namespace iostls {
namespace detail {

// Of what a path leads to in the end, through all symbolic links: it differs if another file has taken
// the place, be it by a rename or by another link on the way, and if the file was written to; but not if
// it was written to again within a tick of the system's clock, some milliseconds, with as many bytes. What
// can be read only once has the state of nothing: it changes whenever it is used.
struct file_state {
  std::uint64_t device = 0;
  std::uint64_t number = 0;  // both are 0 if there is nothing
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // nanoseconds since 1970
  std::int64_t changed = 0;  // the same, of the file's name or rights, too; in a folder, the latest
  std::uint64_t entries =
      0;  // of a folder: a hash of the names in it, with the states of their files
};

inline bool operator==(const file_state& a, const file_state& b) noexcept {
  return a.device == b.device && a.number == b.number && a.size == b.size &&
         a.modified == b.modified && a.changed == b.changed && a.entries == b.entries;
}
inline bool operator!=(const file_state& a, const file_state& b) noexcept { return !(a == b); }

file_state state_of_file(const std::string& path) noexcept;

// Whether the path leads to what can be read only once, and may make its reader wait for ever: a FIFO, a
// socket, or a device other than the null device.
bool is_read_once(const std::string& path) noexcept;

// Of a folder with all that is in it.
file_state state_of_folder(const std::string& path) noexcept;

}  // namespace detail
}  // namespace iostls
