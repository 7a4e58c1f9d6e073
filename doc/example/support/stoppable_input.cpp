// SPDX-License-Identifier: Apache-2.0
#include "stoppable_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace example {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

struct stoppable_input::wake_up {
  wake_up() {
    if (::pipe(pipe.data()) != 0) fail("pipe");
  }
  wake_up(const wake_up&) = delete;
  wake_up& operator=(const wake_up&) = delete;
  ~wake_up() {
    for (const int end : pipe) ::close(end);
  }

  std::array<int, 2> pipe{};
};

stoppable_input::stoppable_input(int fd) : fd_(fd), wake_(new wake_up) {}

stoppable_input::~stoppable_input() = default;

void stoppable_input::stop() noexcept { static_cast<void>(!::write(wake_->pipe[1], "", 1)); }

// True if there is something to read, including the end.
bool stoppable_input::wait() const {
  std::array<pollfd, 2> events = {{{fd_, POLLIN, 0}, {wake_->pipe[0], POLLIN, 0}}};
  while (::poll(events.data(), events.size(), -1) < 0) {
    if (errno != EINTR) fail("poll");
  }
  return events[0].revents != 0;
}

stoppable_input::int_type stoppable_input::underflow() {
  if (gptr() != egptr()) return traits_type::to_int_type(*gptr());
  if (!wait()) return traits_type::eof();
  ssize_t n = -1;
  while ((n = ::read(fd_, block_.data(), block_.size())) < 0) {
    if (errno != EINTR) fail("read");
  }
  setg(block_.data(), block_.data(), block_.data() + n);
  return n == 0 ? traits_type::eof() : traits_type::to_int_type(block_[0]);
}

}  // namespace example
