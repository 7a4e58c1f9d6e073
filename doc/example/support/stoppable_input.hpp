// SPDX-License-Identifier: Apache-2.0
// A descriptor to read from, such as standard input, that another thread can stop.
#pragma once

#include <array>
#include <memory>
#include <streambuf>

namespace example {

class stoppable_input : public std::streambuf {
 public:
  // The descriptor stays the caller's. Throws std::system_error.
  explicit stoppable_input(int fd);
  stoppable_input(const stoppable_input&) = delete;
  stoppable_input& operator=(const stoppable_input&) = delete;
  ~stoppable_input() override;

  // From any thread: data that is available can still be read; then the input ends instead of
  // waiting.
  void stop() noexcept;

 protected:
  int_type underflow() override;

 private:
  struct wake_up;  // the system's means to end a wait

  bool wait() const;

  int fd_;
  const std::unique_ptr<wake_up> wake_;
  std::array<char, 65536> block_;
};

}  // namespace example
