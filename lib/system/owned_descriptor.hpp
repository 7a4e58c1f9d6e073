// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "system/sockets.hpp"

namespace iostls {
namespace detail {

// A descriptor that is closed with its scope; -1: none.
class owned_descriptor {
 public:
  explicit owned_descriptor(int fd = -1) noexcept : fd_(fd) {}
  owned_descriptor(owned_descriptor&& other) noexcept : fd_(other.release()) {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = other.release();
    }
    return *this;
  }
  ~owned_descriptor() { close(); }

  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void close() noexcept {
    if (fd_ >= 0) close_descriptor(release());
  }

 private:
  int fd_;
};

}  // namespace detail
}  // namespace iostls
