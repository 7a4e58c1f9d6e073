// SPDX-License-Identifier: Apache-2.0
// The state that all copies of an ssl_context share, and that a reload replaces.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "context/context.hpp"

namespace iostls {
namespace detail {

// All threads may use it at the same time.
class context_holder {
 public:
  context_holder(bool is_server, const context_options& options);

  bool is_server() const noexcept { return is_server_; }

  // The present state. A reload does not change it for those that hold it.
  std::shared_ptr<const context_state> state() const;

  // Makes a new state from the same options, and replaces the old one by it. Throws what making a
  // context throws; the old state then stays.
  void reload();

  // Replaces the ticket keys, in the present state and in later ones.
  void set_ticket_keys(std::vector<ticket_key> keys);

 private:
  class turn;

  const bool is_server_;
  std::mutex reloading_;  // so that the latest of several reloads wins; guards options_
  std::atomic<std::thread::id> reloader_{};
  context_options options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const context_state> state_;
};

}  // namespace detail
}  // namespace iostls
