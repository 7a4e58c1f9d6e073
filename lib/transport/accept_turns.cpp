// SPDX-License-Identifier: Apache-2.0
#include "transport/accept_turns.hpp"

namespace iostls {
namespace detail {

// In the line of those that wait. If its thread does not wait for its turn to the end, it leaves the line,
// or passes on the turn that it has been given meanwhile. The mutex is held.
class accept_turns::place {
 public:
  explicit place(accept_turns& turns) noexcept : turns_(turns) {
    waiter** const end = turns_.last_ != nullptr ? &turns_.last_->behind : &turns_.first_;
    *end = turns_.last_ = &self_;
  }
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place() {
    if (used_) return;
    if (self_.is_next) {
      turns_.pass_on();
    } else {
      turns_.remove(self_);
    }
  }

  bool wait(time_point deadline) {
    bool in_time = true;
    while (!self_.is_next && in_time) in_time = self_.changed.wait(turns_.mutex_, deadline);
    used_ = self_.is_next;
    return used_;
  }

 private:
  accept_turns& turns_;
  waiter self_;
  bool used_ = false;
};

bool accept_turns::is_taken() {
  const std::lock_guard<std::mutex> l(mutex_);
  return taken_;
}

bool accept_turns::take(time_point deadline) {
  const std::lock_guard<std::mutex> l(mutex_);
  if (!taken_) return taken_ = true;
  return place(*this).wait(deadline);
}

void accept_turns::give() noexcept {
  const std::lock_guard<std::mutex> l(mutex_);
  pass_on();
}

void accept_turns::pass_on() noexcept {
  waiter* const next = first_;
  taken_ = next != nullptr;
  if (next == nullptr) return;
  remove(*next);
  next->is_next = true;
  next->changed.notify_all();
}

void accept_turns::remove(const waiter& which) noexcept {
  waiter* before = nullptr;
  waiter** link = &first_;
  while (*link != &which) {
    before = *link;
    link = &before->behind;
  }
  *link = which.behind;
  if (last_ == &which) last_ = before;
}

}  // namespace detail
}  // namespace iostls
