// SPDX-License-Identifier: Apache-2.0
// Files that may hold secrets, read whole.
#pragma once

#include <string>

namespace iostls {
namespace detail {

// Puts all that the file holds into `content`, which is empty before. No copy is left elsewhere in
// memory. Returns 0, or an errno, with `content` empty: EINVAL if the path has a NUL in it.
int read_file(const std::string& path, std::string& content);

// Overwrites a string that held a secret, and empties it.
void wipe(std::string& secret) noexcept;

}  // namespace detail
}  // namespace iostls
