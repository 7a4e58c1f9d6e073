// SPDX-License-Identifier: Apache-2.0
#include "context/file_watch.hpp"

#include <ctime>
#include <utility>

#include "base/utc_time.hpp"

namespace iostls {
namespace detail {
namespace {

using std::chrono::seconds;

// A file that was changed longer ago is not being written. Some file systems know whole seconds only.
constexpr seconds fresh{2};

// For how long files that do not fit each other are taken for unfinished.
constexpr seconds patience{5};

// How often it is reported that they do not fit.
constexpr seconds between_reports{60};

file_state state_of(const std::string& path, file_kind kind) noexcept {
  return kind == file_kind::folder ? state_of_folder(path) : state_of_file(path);
}

// The time may be another machine's. If a file is read too early for that reason, it does not fit, and is
// read again.
bool is_fresh(const file_state& file, utc_seconds now) noexcept {
  return std::chrono::nanoseconds(file.changed) >= seconds(now) - fresh;
}

}  // namespace

void file_watch::watch(const std::vector<reloaded_file>& files) {
  std::map<std::string, watched> all;
  for (const reloaded_file& file : files) {
    const auto known = files_.find(file.path);
    if (known != files_.end() && known->second.kind == file.kind) {
      all.insert(*known);
    } else if (all.count(file.path) == 0) {
      const file_state now = state_of(file.path, file.kind);
      all.emplace(file.path, watched{file.kind, now, now, now});
    }
  }
  files_.swap(all);
}

void file_watch::begin_reading() {
  for (auto& [path, file] : files_) file.beginning = state_of(path, file.kind);
}

void file_watch::were_read() noexcept {
  failing_ = false;
  for (auto& [path, file] : files_) file.read = file.seen = file.beginning;
}

bool file_watch::look(time_point now) {
  const utc_seconds calendar = std::time(nullptr);
  bool is_new = false;
  bool is_quiet = true;
  bool has_failed = failing_;
  for (auto& [path, file] : files_) {
    const file_state current = state_of(path, file.kind);
    is_new = is_new || current != file.read;
    is_quiet = is_quiet && (current == file.seen || !is_fresh(current, calendar));
    has_failed = has_failed && current == file.beginning;
    file.seen = current;
  }
  if (!is_new) failing_ = false;
  return is_new && is_quiet && (!has_failed || now >= next_attempt_);
}

bool file_watch::have_failed(time_point now) {
  if (!std::exchange(failing_, true)) failing_since_ = now;
  const bool is_report = now - failing_since_ >= patience;
  next_attempt_ = is_report ? now + between_reports : failing_since_ + patience;
  return is_report;
}

}  // namespace detail
}  // namespace iostls
