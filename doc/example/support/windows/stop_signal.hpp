// SPDX-License-Identifier: Apache-2.0
// Windows calls a function on a thread of its own when the user wants a program with a console to end.
#pragma once

#include <functional>
#include <mutex>
#include <system_error>
#include <utility>

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <winsock2.h>  // before windows.h, for those who want both

#include <windows.h>

namespace example {

// Calls a function on Ctrl-C, and when the console is closed. There may be one at a time.
class stop_signal {
 public:
  // Ctrl-Break reloads, or without `reload` stops as well.
  explicit stop_signal(std::function<void()> stop, std::function<void()> reload = {})
      : stop_(std::move(stop)), reload_(std::move(reload)) {
    const std::lock_guard<std::mutex> l(mutex_);
    if (::SetConsoleCtrlHandler(&on_event, TRUE) == 0) {
      throw std::system_error(static_cast<int>(::GetLastError()), std::system_category(),
                              "SetConsoleCtrlHandler");
    }
    current_ = this;
  }
  stop_signal(const stop_signal&) = delete;
  stop_signal& operator=(const stop_signal&) = delete;
  ~stop_signal() {
    ::SetConsoleCtrlHandler(&on_event, FALSE);
    const std::lock_guard<std::mutex> l(mutex_);
    current_ = nullptr;
  }

 private:
  static BOOL WINAPI on_event(DWORD event) {
    {
      const std::lock_guard<std::mutex> l(mutex_);
      if (current_ == nullptr) return FALSE;
      const bool reloads = event == CTRL_BREAK_EVENT && current_->reload_ != nullptr;
      (reloads ? current_->reload_ : current_->stop_)();
    }
    // After other events, the process ends when this returns, which is too early.
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) ::Sleep(INFINITE);
    return TRUE;
  }

  static inline std::mutex mutex_;
  static inline stop_signal* current_ = nullptr;

  const std::function<void()> stop_, reload_;
};

}  // namespace example
