// SPDX-License-Identifier: Apache-2.0
// Files that may hold secrets, read whole.
#pragma once

#include <string>

namespace iostls {
namespace detail {

// Puts all that the file holds into `content`, which is empty before. No copy is left elsewhere in
// memory. Returns 0, or an errno, with `content` empty: EINVAL if the path has a NUL in it.
int read_file(const std::string& path, std::string& content);

// Overwrites a string that holds a secret, or has held one, to the last character that it has room for,
// and empties it.
void wipe(std::string& secret) noexcept;

// Does that to a string that lives longer.
class wiper {
 public:
  explicit wiper(std::string& secret) noexcept : secret_(secret) {}
  wiper(const wiper&) = delete;
  wiper& operator=(const wiper&) = delete;
  ~wiper() { wipe(secret_); }

 private:
  std::string& secret_;
};

// Moves a secret. A move of the standard library leaves short strings where they were.
void take_secret(std::string& target, std::string& from);

}  // namespace detail
}  // namespace iostls
