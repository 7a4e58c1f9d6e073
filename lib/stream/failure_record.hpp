// SPDX-License-Identifier: Apache-2.0
// The failures that error() and last_error() report.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>

#include <iostls/ssl_error.hpp>

namespace iostls {
namespace detail {

// Two failures are kept, since one that can be repeated must not hide for good the one that has
// ended a connection. May be used by all threads at once.
class failure_record {
 public:
  enum class side { input, output, handshake };

  // A final failure: of the input, the output, or the opening of a connection.
  void lasting(const ssl_error& why) noexcept {
    const std::lock_guard<std::mutex> l(mutex_);
    lasting_ = why;
    is_pending_ = false;
  }

  // A failure after which the operation can be repeated, such as a wait that took too long.
  void passing(const ssl_error& why) noexcept {
    const std::lock_guard<std::mutex> l(mutex_);
    passing_ = why;
    const bool is_output = why.operation() == "write" || why.operation() == "update_keys";
    passing_side_ = is_output                        ? side::output
                    : why.operation() == "handshake" ? side::handshake
                                                     : side::input;
    is_pending_ = true;
  }

  // This side has continued after a failure that could be repeated. The other side may have a thread that has not
  // seen that failure yet. Input goes on after the handshake.
  void went_on(side which) noexcept {
    if (!is_pending_.load(std::memory_order_relaxed)) return;
    const std::lock_guard<std::mutex> l(mutex_);
    const bool goes_on =
        passing_side_ == which || (passing_side_ == side::handshake && which == side::input);
    if (goes_on) is_pending_ = false;
  }

  // The connection was closed in order.
  void settled() noexcept { is_pending_ = false; }

  void forget() noexcept {
    const std::lock_guard<std::mutex> l(mutex_);
    lasting_.reset();
    is_pending_ = false;
  }

  std::error_code code() const noexcept {
    const std::lock_guard<std::mutex> l(mutex_);
    const ssl_error* const found = find();
    return found != nullptr ? found->code() : std::error_code();
  }

  // Null if there is none. Valid until the next failure, or until `forget`.
  const ssl_error* latest() const noexcept {
    const std::lock_guard<std::mutex> l(mutex_);
    return find();
  }

 private:
  const ssl_error* find() const noexcept {
    if (is_pending_) return &*passing_;
    return lasting_ ? &*lasting_ : nullptr;
  }

  mutable std::mutex mutex_;
  std::optional<ssl_error> lasting_;
  std::optional<ssl_error> passing_;  // kept afterwards: somebody may still be reading it
  side passing_side_ = side::input;
  std::atomic<bool> is_pending_{false};
};

}  // namespace detail
}  // namespace iostls
