// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace iostls {
namespace detail {

// A file that secrets are appended to, line by line, and that only the program's user can read. It is
// created if it does not exist. Lines of several threads and processes stay
// whole without a lock, since each is one write at the end of the file. A FIFO without a reader is an
// error instead of a wait. Another user's symbolic link must not lead the secrets, or their reader, to
// another file.
class secret_log {
 public:
  explicit secret_log(const std::string& path);
  secret_log(const secret_log&) = delete;
  secret_log& operator=(const secret_log&) = delete;
  ~secret_log();

  // Why secrets must not go there; empty if they may. To be asked before anything is appended.
  std::string fault() const;

  // Does not report failures: a connection must not fail because its log cannot be written.
  void append(const char* data, std::size_t size) noexcept;

 private:
  const std::string path_;
  const std::intptr_t file_;  // as the system counts its open files
  int open_fault_ = 0;        // an errno
};

}  // namespace detail
}  // namespace iostls
