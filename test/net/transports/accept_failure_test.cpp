// SPDX-License-Identifier: Apache-2.0
// Accepting while the system is out of descriptors or memory, or connections break; and in several threads.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <iostls/ssl_error.hpp>
#include <iostls/tcp.hpp>

#include "blocked_operation.hpp"
#include "canceled_thread.hpp"
#include "descriptor.hpp"
#include "process.hpp"
#include "sanitizers.hpp"
#include "tcp_ends.hpp"

namespace {

// What accept(2) fails with so many times, which no peer can bring about at will.
struct accept_failure {
  int error;
  std::atomic<int> times;
};
accept_failure failing{0, {0}};

// How many threads have waited for clients of a listener at the same moment.
std::atomic<int> observed_listener{-1}, waiting{0}, most_waiting{0};

void begin_wait() {
  const int now = ++waiting;
  int most = most_waiting;
  while (most < now && !most_waiting.compare_exchange_weak(most, now)) continue;
}

void let_accept_fail(int error, int times = 1) {
  failing.error = error;
  failing.times = times;
}

// In a program that is linked statically, the C library's functions cannot be found.
int accept_by_kernel(int fd, sockaddr* address, socklen_t* size, int flags = 0) {
  return static_cast<int>(::syscall(SYS_accept4, fd, address, size, flags));
}

template <class Function, class... Arguments>
int accept_or_fail(const char* name, Arguments... arguments) {
  static const auto original = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
  if (failing.times <= 0) {
    return original == nullptr ? accept_by_kernel(arguments...) : original(arguments...);
  }
  --failing.times;
  errno = failing.error;
  return -1;
}

}  // namespace

extern "C" int accept(int fd, sockaddr* address, socklen_t* size) {
  return accept_or_fail<int (*)(int, sockaddr*, socklen_t*)>("accept", fd, address, size);
}

extern "C" int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  return accept_or_fail<int (*)(int, sockaddr*, socklen_t*, int)>("accept4", fd, address, size,
                                                                  flags);
}

extern "C" int poll(pollfd* all, nfds_t number, int milliseconds) {
  const bool counts = milliseconds != 0 && number != 0 && all[0].fd == observed_listener;
  if (counts) begin_wait();
  const timespec limit = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  const int result = ::ppoll(all, number, milliseconds < 0 ? nullptr : &limit, nullptr);
  if (counts) --waiting;
  return result;
}

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// What accept(2) reports of a connection that the network has lost is no failure of the listener, and
// nor is what it lacks for a while.
class passing_failure : public testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(, passing_failure,
                         testing::Values(ECONNABORTED, EINTR, EAGAIN, EPROTO, ENOPROTOOPT,
                                         EOPNOTSUPP, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH,
                                         ETIMEDOUT, ECONNRESET, EPERM, EMFILE, ENFILE, ENOBUFS,
                                         ENOMEM));

TEST_P(passing_failure, is_waited_out) {
  tcp_listener listener("127.0.0.1");
  let_accept_fail(GetParam(), 3);
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  const descriptor server(listener.accept(in(seconds(30))));
  EXPECT_EQ(failing.times, 0);
  expect_connected(client, server);
}

TEST_P(passing_failure, is_waited_out_until_the_deadline_without_keeping_a_processor_busy) {
  tcp_listener listener("127.0.0.1");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  constexpr int many = 1000000;
  let_accept_fail(GetParam(), many);
  const ssl_error e = failure_of([&] { descriptor(listener.accept(in(milliseconds(200)))); });
  const int times = many - failing.times;
  let_accept_fail(0, 0);
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  EXPECT_EQ(e.operation(), "accept");
  if (GetParam() != EAGAIN && GetParam() != EINTR) {
    EXPECT_TRUE(mentions(e, std::system_category().message(GetParam()))) << e.what();
  }
  EXPECT_LT(times, 100);
  const descriptor server(listener.accept(in(seconds(10))));
  expect_connected(client, server);
}

TEST_P(passing_failure, does_not_hold_up_cancel) {
  tcp_listener listener("127.0.0.1");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  let_accept_fail(GetParam(), 1000000);
  blocked_operation accepting([&] {
    const ssl_error e = failure_of([&] { descriptor(listener.accept()); });
    EXPECT_EQ(e.code(), ssl_errc::canceled) << e.what();
  });
  EXPECT_TRUE(accepting.is_blocked());
  listener.cancel();
  EXPECT_TRUE(accepting.ended_within(seconds(10)));
  accepting.join();
  let_accept_fail(0, 0);
}

TEST(tcp_listener, does_not_wait_out_a_failure_that_lasts) {
  tcp_listener listener("127.0.0.1");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  let_accept_fail(EINVAL);
  const ssl_error e = failure_of([&] { descriptor(listener.accept()); });
  EXPECT_EQ(e.code(), std::errc::invalid_argument) << e.what();
  EXPECT_EQ(e.operation(), "accept");
}

// Keeps all descriptors that there are, so that none is left for a client.
class want_of_descriptors {
 public:
  want_of_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = open_descriptors().rbegin()->first + 8;
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int fd = 0; (fd = ::fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0;) kept_.emplace_back(fd);
  }
  want_of_descriptors(const want_of_descriptors&) = delete;
  want_of_descriptors& operator=(const want_of_descriptors&) = delete;
  ~want_of_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  void end() { kept_.clear(); }

 private:
  rlimit before_{};
  std::vector<descriptor> kept_;
};

TEST(tcp_listener, goes_on_accepting_once_there_are_descriptors_again) {
  tcp_listener listener("127.0.0.1");
  const descriptor client(connect_tcp("127.0.0.1", service_of(listener), in(seconds(10))));
  want_of_descriptors want;
  descriptor server;
  blocked_operation accepting([&] { server.reset(listener.accept(in(seconds(30)))); });
  EXPECT_TRUE(accepting.is_blocked());
  want.end();
  accepting.join();
  expect_connected(client, server);
}

// Threads that wait for one client each.
class several_acceptors : public testing::Test {
 protected:
  static constexpr int many = 20;

  std::unique_ptr<blocked_operation> acceptor(steady_clock::time_point deadline) {
    auto thread = std::make_unique<blocked_operation>([this, deadline] {
      try {
        const descriptor accepted(listener_.accept(deadline));
        ++accepted_;
      } catch (const ssl_error& e) {
        ++(e.code() == ssl_errc::canceled ? canceled_ : timed_out_);
      }
    });
    return thread;
  }

  // So that it is in the line most probably; a thread that has not run yet is not.
  std::unique_ptr<blocked_operation> waiting_acceptor(steady_clock::time_point deadline) {
    auto thread = acceptor(deadline);
    EXPECT_TRUE(thread->is_blocked());
    return thread;
  }

  bool have_accepted(int number) const {
    const auto limit = in(seconds(30));
    while (accepted_ < number && steady_clock::now() < limit) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    return accepted_ == number;
  }

  descriptor connect() const {
    return descriptor(connect_tcp("127.0.0.1", service_of(listener_), in(seconds(10))));
  }

  tcp_listener listener_{"127.0.0.1"};
  std::atomic<int> accepted_{0}, canceled_{0}, timed_out_{0};
};

TEST_F(several_acceptors, are_woken_one_by_one) {
  observed_listener = listener_.fd();
  std::vector<std::unique_ptr<blocked_operation>> all;
  for (int i = 0; i != many; ++i) all.push_back(waiting_acceptor(in(seconds(30))));
  for (int i = 0; i != many; ++i) {
    const descriptor client = connect();
    ASSERT_TRUE(have_accepted(i + 1)) << accepted_ << " instead of " << i + 1;
  }
  for (const auto& each : all) each->join();
  EXPECT_EQ(timed_out_, 0);
  observed_listener = -1;
  EXPECT_LE(most_waiting, 1) << "a client wakes all that wait for it";
}

TEST_F(several_acceptors, have_deadlines_of_their_own) {
  const auto patient = waiting_acceptor(in(seconds(30)));
  acceptor(in(milliseconds(300)))->join();
  EXPECT_EQ(timed_out_, 1);
  const descriptor client = connect();
  patient->join();
  EXPECT_EQ(accepted_, 1);
}

TEST_F(several_acceptors, follow_one_that_leaves_at_its_deadline) {
  const auto impatient = acceptor(in(milliseconds(500)));
  const auto second = waiting_acceptor(in(seconds(30)));
  const auto third = waiting_acceptor(in(seconds(30)));
  impatient->join();
  EXPECT_EQ(timed_out_, 1);
  const descriptor one = connect(), two = connect();
  second->join();
  third->join();
  EXPECT_EQ(accepted_, 2);
}

TEST_F(several_acceptors, are_all_canceled) {
  std::vector<std::unique_ptr<blocked_operation>> all;
  for (int i = 0; i != many; ++i) all.push_back(waiting_acceptor(steady_clock::time_point::max()));
  listener_.cancel();
  for (const auto& each : all) each->join();
  EXPECT_EQ(canceled_, many);
}

// With libc++, canceled threads may not unwind. ThreadSanitizer does not see what a thread locks that was
// canceled in poll(2).
#if defined(__GLIBCXX__) && !IOSTLS_TEST_TSAN
TEST_F(several_acceptors, follow_a_thread_that_is_canceled) {
  canceled_thread first([this] { descriptor(listener_.accept(in(seconds(30)))); });
  const auto second = waiting_acceptor(in(seconds(30)));
  first.cancel();
  EXPECT_TRUE(first.has_unwound());
  const descriptor client = connect();
  second->join();
  EXPECT_EQ(accepted_, 1);
}
#endif

}  // namespace
}  // namespace iostls
