// SPDX-License-Identifier: Apache-2.0
// Sockets whose addresses are paths, or abstract names, which begin with '@'. What fails returns the number of
// the reason, as errno has it; 0: nothing failed.
#pragma once

#include <cstddef>
#include <string>

namespace iostls {
namespace detail {

// In bytes, of the path, or of the name with its '@'.
std::size_t longest_local_path() noexcept;

// Whether this is an abstract name, which not every system has.
bool is_abstract_name(const std::string& path) noexcept;

// A socket that is closed on exec and does not block; -1 and errno as usual.
int open_local_socket() noexcept;

// EAGAIN while the queue of the server is full.
int connect_local_now(int fd, const std::string& path) noexcept;

// Nobody can connect before `listen_now`, so that the permissions hold from the beginning.
int bind_local(int fd, const std::string& path, int permissions) noexcept;
int listen_now(int fd) noexcept;

bool is_socket_file(const std::string& path) noexcept;
bool remove_file(const std::string& path) noexcept;

// The file that a path leads to now, and the process that has asked. Invalid if there is none.
class file_identity {
 public:
  file_identity() = default;
  explicit file_identity(const std::string& path) noexcept;

  bool is_still(const std::string& path) const noexcept;
  bool is_of_this_process() const noexcept;

 private:
  unsigned long long device_ = 0;
  unsigned long long number_ = 0;
  long process_ = 0;
};

// Keeps other servers of this library from binding in the folder of the path, as long as that does not take
// too long, or the folder cannot be read.
class folder_lock {
 public:
  explicit folder_lock(const std::string& path) noexcept;
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;
  ~folder_lock();

 private:
  int fd_ = -1;
};

}  // namespace detail
}  // namespace iostls
