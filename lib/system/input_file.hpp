// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace iostls {
namespace detail {

// Reads a file from its beginning, without a buffer that would keep a secret. The path is in UTF-8
// if the system demands that.
class input_file {
 public:
  // What is no regular file is EINVAL to `refuse`.
  enum class named_pipe { wait_for_writer, do_not_wait, refuse };

  input_file(const std::string& path, named_pipe what_if);
  input_file(const input_file&) = delete;
  input_file& operator=(const input_file&) = delete;
  ~input_file();

  // An errno; 0 if the file is open.
  int fault() const noexcept { return fault_; }

  // The apparent size.
  std::size_t size() const noexcept;

  // Returns how much was read; 0 at the end; -1 with errno set on failure.
  std::ptrdiff_t read(void* data, std::size_t size);

 private:
  int fd_ = -1;
  int fault_ = 0;
};

}  // namespace detail
}  // namespace iostls
