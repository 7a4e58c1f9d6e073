// SPDX-License-Identifier: Apache-2.0
// When the files of a context have changed, and when it is time to read them again.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "context/reloaded_files.hpp"
#include "system/file_state.hpp"

namespace iostls {
namespace detail {

// Remembers what files look like when they are read. Files that belong together are written one after
// the other, so a change counts once it is some seconds old, or two looks in a row have found the same.
// Not for several threads at once.
class file_watch {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // The files as they are now, before they are read. Those that are watched already stay as they were.
  void watch(const std::vector<reloaded_file>& files);

  // As if all files were watched from now on. To be called before they are read.
  void begin_reading();
  // What was begun has succeeded.
  void were_read() noexcept;

  // Looks at all files. True if they have changed since they were read, are no longer being written, and
  // have not failed as they are; or if they have, and it is time for another attempt.
  bool look(time_point now);

  // What was begun has failed. True if that should be reported: they do not fit after some time, and this
  // was not reported just now.
  bool have_failed(time_point now);

  bool empty() const noexcept { return files_.empty(); }

 private:
  struct watched {
    file_kind kind;
    file_state read;       // of what is in use
    file_state beginning;  // of what is being read, or was when that failed
    file_state seen;       // when they were looked at
  };

  std::map<std::string, watched> files_;
  bool failing_ = false;
  time_point failing_since_{};
  time_point next_attempt_{};
};

}  // namespace detail
}  // namespace iostls
