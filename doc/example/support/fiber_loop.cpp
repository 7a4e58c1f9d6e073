// SPDX-License-Identifier: Apache-2.0
#include "fiber_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <boost/context/protected_fixedsize_stack.hpp>

namespace __cxxabiv1 {
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept;
}  // namespace __cxxabiv1

namespace example {
namespace {

using std::chrono::steady_clock;

// Address space; only the part that is used becomes memory. A handshake uses some 20 KiB.
constexpr std::size_t stack_size = 128 * 1024;

constexpr auto never = (fiber_loop::time_point::max)();

thread_local fiber_loop* running = nullptr;

// Each thread has a list of the exceptions that are being handled (Itanium C++ ABI, 2.2.2). A fiber
// that waits in a catch clause, such as one that reports to its peer what went wrong, takes its
// part of the list along; otherwise other fibers would pop it.
class exception_state {
 public:
  exception_state() noexcept : list_(__cxxabiv1::__cxa_get_globals()) {
    std::memcpy(&kept_, list_, sizeof kept_);
    std::memset(list_, 0, sizeof kept_);
  }
  exception_state(const exception_state&) = delete;
  exception_state& operator=(const exception_state&) = delete;
  ~exception_state() { std::memcpy(list_, &kept_, sizeof kept_); }

 private:
  struct content {
    void* caught;
    unsigned int uncaught;
  };
  void* list_;
  content kept_;
};

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

}  // namespace

// Lives on the stack of the fiber that waits.
struct fiber_loop::waiter {
  boost::context::fiber fiber;
  bool timed_out = false;
};

fiber_loop::fiber_loop()
    : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event e{};
  e.events = EPOLLIN;
  if (event_ >= 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &e) == 0) return;
  const int why = errno;
  if (event_ >= 0) ::close(event_);
  ::close(epoll_);
  throw std::system_error(why, std::generic_category(), "eventfd");
}

fiber_loop::~fiber_loop() {
  ::close(event_);
  ::close(epoll_);
}

fiber_loop* fiber_loop::current() noexcept { return running; }

void fiber_loop::spawn(std::function<void()> body) {
  {
    const std::lock_guard<std::mutex> hold(lock_);
    spawned_.push_back(std::move(body));
  }
  wake();
}

void fiber_loop::stop() {
  {
    const std::lock_guard<std::mutex> hold(lock_);
    stopping_ = true;
  }
  wake();
}

void fiber_loop::wake() noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(event_, &one, sizeof one));
}

void fiber_loop::run() {
  for (;;) {
    start_spawned();
    {
      const std::lock_guard<std::mutex> hold(lock_);
      if (stopping_ && fibers_ == 0 && spawned_.empty()) return;
    }
    resume_ready();
    resume_expired();
  }
}

void fiber_loop::start_spawned() {
  std::vector<std::function<void()>> bodies;
  {
    const std::lock_guard<std::mutex> hold(lock_);
    bodies.swap(spawned_);
  }
  for (std::function<void()>& body : bodies) {
    try {
      start(std::move(body));
    } catch (const std::bad_alloc&) {  // more stacks than the system has memory for
      continue;
    }
  }
}

void fiber_loop::start(std::function<void()> body) {
  boost::context::fiber fiber(std::allocator_arg,
                              boost::context::protected_fixedsize_stack(stack_size),
                              [this, body = std::move(body)](boost::context::fiber&& loop) {
                                loop_ = std::move(loop);
                                body();
                                --fibers_;
                                return std::move(loop_);
                              });
  ++fibers_;
  resume(std::move(fiber));
}

// Runs it until it waits or ends.
void fiber_loop::resume(boost::context::fiber fiber) {
  running = this;
  fiber = std::move(fiber).resume();
  running = nullptr;
  if (fiber) waiting_->fiber = std::move(fiber);
}

std::error_code fiber_loop::wait(int fd, std::uint32_t events, time_point deadline) noexcept {
  waiter self;
  auto alarm = deadlines_.end();
  try {
    if (deadline != never) alarm = deadlines_.emplace(deadline, &self);
  } catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
  }
  epoll_event e{};
  e.events = events | EPOLLONESHOT;
  e.data.ptr = &self;
  std::error_code failed;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e) == 0) {
    waiting_ = &self;
    {
      const exception_state kept;
      loop_ = std::move(loop_).resume();
    }
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    if (self.timed_out) failed = std::make_error_code(std::errc::timed_out);
  } else {
    failed = std::error_code(errno, std::generic_category());
  }
  if (alarm != deadlines_.end()) deadlines_.erase(alarm);
  return failed;
}

// Rounded up, so that a deadline has passed when the wait for it ends.
int fiber_loop::milliseconds_to_first_deadline() const {
  if (deadlines_.empty()) return -1;
  const auto left = deadlines_.begin()->first - steady_clock::now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(left).count() + 1;
  return static_cast<int>(std::min<long long>(std::max<long long>(ms, 0), INT_MAX));
}

void fiber_loop::resume_ready() {
  std::array<epoll_event, 64> events;
  const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                             milliseconds_to_first_deadline());
  if (n < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll");
  for (int i = 0; i < n; ++i) {
    if (auto* const w = static_cast<waiter*>(events[static_cast<std::size_t>(i)].data.ptr)) {
      resume(std::move(w->fiber));
    } else {
      std::uint64_t count = 0;
      static_cast<void>(!::read(event_, &count, sizeof count));
    }
  }
}

// A fiber that continues removes its deadline itself.
void fiber_loop::resume_expired() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= steady_clock::now()) {
    waiter& w = *deadlines_.begin()->second;
    w.timed_out = true;
    resume(std::move(w.fiber));
  }
}

}  // namespace example
