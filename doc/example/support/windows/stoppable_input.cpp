// SPDX-License-Identifier: Apache-2.0
#include "../stoppable_input.hpp"

#include <cerrno>
#include <system_error>

#include <io.h>

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include "../pass_bytes.hpp"

namespace example {
namespace {

constexpr DWORD between_questions = 20;  // milliseconds

HANDLE handle_of(int fd) { return reinterpret_cast<HANDLE>(::_get_osfhandle(fd)); }

// True also at its end, and where the system does not know: a read finds out.
bool pipe_has_input(HANDLE pipe) {
  DWORD available = 0;
  return ::PeekNamedPipe(pipe, nullptr, 0, nullptr, &available, nullptr) == 0 || available != 0;
}

}  // namespace

struct stoppable_input::wake_up {
  wake_up() : event(::CreateEventW(nullptr, TRUE, FALSE, nullptr)) {
    if (event == nullptr) {
      throw std::system_error(static_cast<int>(::GetLastError()), std::system_category(),
                              "CreateEvent");
    }
  }
  wake_up(const wake_up&) = delete;
  wake_up& operator=(const wake_up&) = delete;
  ~wake_up() { ::CloseHandle(event); }

  const HANDLE event;
};

stoppable_input::stoppable_input(int fd) : fd_(fd), wake_(new wake_up) { pass_bytes(fd); }

stoppable_input::~stoppable_input() = default;

void stoppable_input::stop() noexcept { ::SetEvent(wake_->event); }

// True if there is something to read, including the end. Windows can wait for a console, until a line is
// begun; pipes it can only be asked about; and files never let a reader wait.
bool stoppable_input::wait() const {
  const HANDLE input = handle_of(fd_);
  switch (::GetFileType(input)) {
    case FILE_TYPE_CHAR: {
      const HANDLE either[] = {input, wake_->event};
      return ::WaitForMultipleObjects(2, either, FALSE, INFINITE) == WAIT_OBJECT_0;
    }
    case FILE_TYPE_PIPE:
      while (!pipe_has_input(input)) {
        if (::WaitForSingleObject(wake_->event, between_questions) == WAIT_OBJECT_0) {
          return pipe_has_input(input);
        }
      }
      return true;
    default:
      return true;
  }
}

stoppable_input::int_type stoppable_input::underflow() {
  if (gptr() != egptr()) return traits_type::to_int_type(*gptr());
  if (!wait()) return traits_type::eof();
  const int n = ::_read(fd_, block_.data(), static_cast<unsigned>(block_.size()));
  if (n < 0) throw std::system_error(errno, std::generic_category(), "read");
  setg(block_.data(), block_.data(), block_.data() + n);
  return n == 0 ? traits_type::eof() : traits_type::to_int_type(block_[0]);
}

}  // namespace example
