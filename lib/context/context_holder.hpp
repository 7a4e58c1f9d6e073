// SPDX-License-Identifier: Apache-2.0
// The state that all copies of an ssl_context share, and that a reload replaces.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "context/context.hpp"
#include "context/file_watch.hpp"
#include "system/fork_mutex.hpp"

namespace iostls {
namespace detail {

// All threads may use it at the same time.
class context_holder {
 public:
  context_holder(bool is_server, const context_options& options);

  bool is_server() const noexcept { return is_server_; }

  // The present state. A reload does not change it for those that hold it.
  std::shared_ptr<const context_state> state() const;

  // What connections of all states count; takes no lock.
  const counter_block& counters() const noexcept { return *counters_; }

  // Makes a new state from the same options, and replaces the old one by it. Throws what making a
  // context throws; the old state then stays.
  void reload();

  using time_point = std::chrono::steady_clock::time_point;

  // Reloads if the files have changed, and does not wait for a thread that is at it. Throws only if it
  // fails again and again, see file_watch::have_failed.
  bool reload_if_changed(time_point now);
  // If not, the above does nothing.
  bool is_time_to_look(time_point now) const noexcept {
    return now >= next_look_.load(std::memory_order_relaxed);
  }

  // Replaces the ticket keys, in the present state and in later ones.
  void set_ticket_keys(std::vector<ticket_key> keys);

 private:
  class turn;

  void refuse_files_that_are_read_once() const;
  void replace_state();
  bool have_files_changed(time_point now);

  const bool is_server_;
  fork_mutex reloading_;  // so that the latest of several reloads wins; guards options_ and files_
  context_options options_;
  file_watch files_;
  std::atomic<time_point> next_look_{};
  mutable fork_mutex mutex_;
  std::shared_ptr<const context_state> state_;
  std::shared_ptr<const counter_block> counters_;  // always the same
};

}  // namespace detail
}  // namespace iostls
