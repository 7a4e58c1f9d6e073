// SPDX-License-Identifier: Apache-2.0
// Reads whole files that may contain secrets.
#pragma once

#include <string>

namespace iostls {
namespace detail {

// Reads the whole file into `content`, which is empty before. No copy is left elsewhere in memory.
// Returns 0, or an errno, with `content` empty: EINVAL if the path has a NUL in it.
int read_file(const std::string& path, std::string& content);

// The same for what nobody has named, such as what is in a folder: EINVAL if it is no regular file, of which
// a FIFO could make its reader wait for ever.
int read_regular_file(const std::string& path, std::string& content);

// Overwrites a string that holds a secret, or has held one, up to its capacity, and empties it.
void wipe(std::string& secret) noexcept;

// Does that to a string at the end of its scope.
class wiper {
 public:
  explicit wiper(std::string& secret) noexcept : secret_(secret) {}
  wiper(const wiper&) = delete;
  wiper& operator=(const wiper&) = delete;
  ~wiper() { wipe(secret_); }

 private:
  std::string& secret_;
};

// Moves a secret. The standard library's move leaves short strings where they were.
void take_secret(std::string& target, std::string& from);

}  // namespace detail
}  // namespace iostls
