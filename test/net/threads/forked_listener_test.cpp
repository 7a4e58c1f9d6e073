// SPDX-License-Identifier: Apache-2.0
// Processes that share a listener by fork(2): canceling it in one of them leaves the others.
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "descriptor.hpp"
#include "files.hpp"
#include "process.hpp"
#include "sanitizers.hpp"
#include "tcp_ends.hpp"

#ifdef __linux__
#include <sys/syscall.h>
#include <sys/wait.h>
#endif

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds enough(20);

// A listener of either kind.
struct shared_listener {
  std::function<int(steady_clock::time_point)> accept;
  std::function<void()> cancel;
  std::function<int()> connect;
};

shared_listener on_tcp() {
  auto listener = std::make_shared<tcp_listener>("127.0.0.1");
  return {[listener](steady_clock::time_point deadline) { return listener->accept(deadline); },
          [listener] { listener->cancel(); },
          [listener] { return connect_tcp("127.0.0.1", service_of(*listener)); }};
}

shared_listener on_a_path() {
  auto folder = std::make_shared<temp_dir>();
  const std::string path = folder->path() + "/s";
  auto listener = std::make_shared<local_listener>(path);
  return {
      [listener, folder](steady_clock::time_point deadline) { return listener->accept(deadline); },
      [listener] { listener->cancel(); }, [path] { return connect_local(path); }};
}

struct kind_of_listener {
  const char* name;
  shared_listener (*make)();
};

void PrintTo(const kind_of_listener& k, std::ostream* out) { *out << k.name; }

class forked_listener : public testing::TestWithParam<kind_of_listener> {
 protected:
  std::error_code end_of_accepting(milliseconds limit = enough) const {
    try {
      const descriptor accepted(listener_.accept(steady_clock::now() + limit));
      return {};
    } catch (const ssl_error& e) {
      return e.code();
    }
  }

  bool is_canceled() const { return end_of_accepting() == ssl_errc::canceled; }

  bool accepts() const {
    const descriptor client(listener_.connect());
    return end_of_accepting() == std::error_code();
  }

  int as_result(bool is_right) const { return is_right ? 0 : 1; }

  const shared_listener listener_ = GetParam().make();
  const child_result right_{0, 0};
};

TEST_P(forked_listener, that_a_child_cancels_goes_on_in_the_parent_and_in_siblings) {
  EXPECT_EQ(run_in_child([this] {
              listener_.cancel();
              return as_result(is_canceled());
            }),
            right_);
  EXPECT_TRUE(accepts());
  EXPECT_EQ(run_in_child([this] { return as_result(accepts()); }), right_);
}

TEST_P(forked_listener, that_the_parent_cancels_goes_on_in_a_child) {
  int canceled[2];
  ASSERT_EQ(::pipe(canceled), 0);
  const descriptor hears(canceled[0]);
  descriptor sender(canceled[1]);
  child_process child([&] {
    char c = 0;
    return as_result(::read(hears.get(), &c, 1) == 1 && accepts());
  });
  listener_.cancel();
  EXPECT_EQ(::write(sender.get(), "c", 1), 1);
  EXPECT_EQ(child.result(), right_);
  EXPECT_TRUE(is_canceled());
}

TEST_P(forked_listener, that_was_canceled_before_the_fork_is_canceled_in_both) {
  listener_.cancel();
  EXPECT_EQ(run_in_child([this] { return as_result(is_canceled()); }), right_);
  EXPECT_TRUE(is_canceled());
}

TEST_P(forked_listener, is_canceled_again_in_a_child_that_has_accepted) {
  EXPECT_EQ(run_in_child([this] {
              if (!accepts()) return 1;
              listener_.cancel();
              return as_result(is_canceled());
            }),
            right_);
  EXPECT_TRUE(accepts());
}

// That thread is not there in the child.
TEST_P(forked_listener, accepts_in_a_child_though_a_thread_of_the_parent_was_accepting) {
  blocked_operation accepting([this] { EXPECT_EQ(end_of_accepting(), std::error_code()); });
  EXPECT_TRUE(accepting.is_blocked());
  child_process child([this] { return as_result(end_of_accepting() == std::error_code()); });
  blocked_operation ending([&] { EXPECT_EQ(child.result(), right_); });
  EXPECT_TRUE(ending.is_blocked());
  const descriptor one(listener_.connect());
  const descriptor two(listener_.connect());
  accepting.join();
  ending.join();
}

const shared_listener* in_handler = nullptr;

// This process gets SIGUSR1, perhaps while it waits.
class signal_to_come {
#if IOSTLS_TEST_TSAN  // in a fork, it keeps signals back that other processes send
  const int raised_ = std::raise(SIGUSR1);
#else
  const child_process sender_{[] { return ::kill(::getppid(), SIGUSR1); }};
#endif
};

TEST_P(forked_listener, ends_the_wait_of_the_child_alone_whose_signal_handler_cancels_it) {
  in_handler = &listener_;
  EXPECT_EQ(run_in_child([this] {
              std::signal(SIGUSR1, [](int) { in_handler->cancel(); });
              const signal_to_come signal;
              return as_result(is_canceled());
            }),
            right_);
  EXPECT_TRUE(accepts());
}

// Each process has one descriptor for waking, whatever its ancestors had.
TEST_P(forked_listener, has_as_many_descriptors_after_many_forks) {
  const std::size_t before = fd_count();
  std::function<int(int)> descend = [&](int generations) {
    if (end_of_accepting(milliseconds(1)) != ssl_errc::timed_out || fd_count() != before) return 1;
    if (generations == 0) return 0;
    return run_in_child([&] { return descend(generations - 1); }).code;
  };
  EXPECT_EQ(run_in_child([&] { return descend(8); }), right_);
}

#ifdef __linux__

// As in a signal handler that comes before them.
TEST_P(forked_listener, that_a_child_cancels_before_the_handlers_of_fork_goes_on_in_the_parent) {
  const long child = ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  ASSERT_GE(child, 0);
  if (child == 0) {
    listener_.cancel();
    ::_exit(0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(static_cast<pid_t>(child), &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(accepts());
}

#endif

INSTANTIATE_TEST_SUITE_P(, forked_listener,
                         testing::Values(kind_of_listener{"tcp", on_tcp},
                                         kind_of_listener{"local", on_a_path}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace test
}  // namespace iostls
