// SPDX-License-Identifier: Apache-2.0
// reload_if_changed() in several threads and processes, and under load.
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "renewing_server.hpp"
#include "sanitizers.hpp"
#include "task.hpp"

#if defined(__linux__) && !IOSTLS_TEST_TSAN && !IOSTLS_TEST_ASAN
#include <linux/seccomp.h>
#define IOSTLS_TEST_SECCOMP
#endif

namespace iostls {
namespace test {
namespace {

using renewal_threads = renewing_server;

TEST_F(renewal_threads, does_not_wait_for_a_thread_that_reloads) {
  leaf_options locked;
  locked.password = "one";
  const issued i = test_authority().leaf(locked);
  write(i);
  std::atomic<bool> is_asked{false}, may_go{false};
  options_.certificate_password = [&] {
    is_asked = true;
    while (server_ != nullptr && !may_go) std::this_thread::yield();
    return "one";
  };
  start();
  is_asked = false;
  const task slow([&] { server_->reload(); });
  while (!is_asked) std::this_thread::yield();
  EXPECT_FALSE(after(seconds(10)));
  EXPECT_FALSE(server_->state() == nullptr);
  may_go = true;
}

int exit_code_of(const std::function<int()>& in_child) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(in_child());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

TEST_F(renewal_threads, is_each_processs_own) {
  start();
  EXPECT_FALSE(at_next_look());
  write(second_);
  const auto sees_it = [&] {
    return reloads_at_second_look() && shown_by(*server_) == serial_of(second_) ? 0 : 1;
  };
  EXPECT_EQ(exit_code_of(sees_it), 0);
  EXPECT_EQ(exit_code_of(sees_it), 0);
  EXPECT_EQ(sees_it(), 0);
}

#if !IOSTLS_TEST_TSAN  // which does not let a process of several threads go on after a fork
TEST_F(renewal_threads, goes_on_in_a_process_that_was_made_while_another_thread_reloaded) {
  leaf_options locked;
  locked.password = "one";
  write(test_authority().leaf(locked));
  const std::string serial = certificate::from_pem(read_file(dir_ / "tls.crt")).serial();
  std::atomic<bool> is_asked{false}, may_go{false}, waits{false};
  options_.certificate_password = [&] {
    is_asked = true;
    while (waits && !may_go) std::this_thread::yield();
    return "one";
  };
  start();
  is_asked = false;
  waits = true;
  const task slow([&] { server_->reload(); });
  while (!is_asked) std::this_thread::yield();
  EXPECT_EQ(exit_code_of([&] {
              waits = false;
              ::alarm(30);
              server_->reload();
              return shown_by(*server_) == serial ? 0 : 1;
            }),
            0);
  may_go = true;
}
#endif

#ifdef IOSTLS_TEST_SECCOMP
// In the kernel's strict mode, a process is killed by any system call but a few that are not made here.
TEST_F(renewal_threads, makes_no_system_call_between_two_looks) {
  start();
  after(seconds(1));
  const int code = exit_code_of([&] {
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) return 77;
    for (int i = 0; i != 1000; ++i) {
      if (server_->reload_if_changed(now_ + milliseconds(i % 1000))) break;
    }
    ::syscall(SYS_exit, 0);
    return 1;
  });
  if (code == 77) GTEST_SKIP() << "the kernel has no strict mode";
  EXPECT_EQ(code, 0);
}
#endif

TEST_F(renewal_threads, is_a_matter_of_seconds) {
  const ssl_context server = ssl_context::server(options_);
  const ssl_context copy = server;
  write(second_);
  const auto limit = steady_clock::now() + seconds(60);
  while (!server.reload_if_changed() && steady_clock::now() < limit) std::this_thread::yield();
  memory_handshake h(copy, ssl_context::client(client_options()));
  EXPECT_TRUE(h.run());
  EXPECT_EQ(certificate::from_pem(to_pem(SSL_get0_peer_certificate(h.client()))).serial(),
            serial_of(second_));
}

// A thousand renewals, in ten cases.
class renewals_under_load : public renewing_server, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(, renewals_under_load, testing::Range(0, 10));

// Threads that accept while pairs come and go, each half in its turn.
TEST_P(renewals_under_load, are_seen_each_once_and_disturb_nobody) {
  start();
  std::vector<issued> pairs;
  for (int i = 0; i != 8; ++i) pairs.push_back(test_authority().leaf());
  std::atomic<steady_clock::time_point> now{now_};
  std::atomic<bool> done{false};
  std::atomic<int> reloads{0}, handshakes{0};
  const auto look = [&] {
    if (server_->reload_if_changed(now)) ++reloads;
  };
  const auto accept = [&] {
    while (!done) {
      look();
      EXPECT_NE(shown_by(*server_), "");
      ++handshakes;
    }
  };
  {
    const task a(accept), b(accept);
    const auto put = [&](const char* name, const std::string& content) {
      dir_.write("new", content);
      rename_to(dir_ / "new", dir_ / name);
      now = now.load() + seconds(1);
      look();
    };
    for (int i = 0; i != 100; ++i) {
      const int before = reloads;
      put("tls.crt", pairs[static_cast<std::size_t>(i) % pairs.size()].certificate);
      put("tls.key", pairs[static_cast<std::size_t>(i) % pairs.size()].key);
      for (int looks = 0; reloads == before && looks != 10000; ++looks) {
        now = now.load() + seconds(1);
        look();
      }
      ASSERT_EQ(reloads, before + 1) << i;
    }
    done = true;
  }
  EXPECT_GT(handshakes, 0);
  EXPECT_EQ(shown_by(*server_), serial_of(pairs[99 % pairs.size()]));
}

}  // namespace
}  // namespace test
}  // namespace iostls
