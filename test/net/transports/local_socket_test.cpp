// SPDX-License-Identifier: Apache-2.0
// Local sockets by path: permissions, which paths are replaced, and when they are removed.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "tcp_ends.hpp"

#if defined(SYS_bind) && defined(SYS_fchmodat)

namespace {

// What another process does at the moment after a socket has got its path.
std::function<void(const char* path)> after_bind;

}  // namespace

extern "C" int bind(int fd, const sockaddr* address,
                    socklen_t size) noexcept(noexcept(::bind(0, nullptr, 0))) {
  const int result = static_cast<int>(::syscall(SYS_bind, fd, address, size));
  if (result == 0 && after_bind)
    after_bind(reinterpret_cast<const sockaddr_un*>(address)->sun_path);
  return result;
}

// What the C library, or a sandbox, reports of a change that must not follow links.
namespace {

int refusal_of_fchmodat = 0;

}  // namespace

extern "C" int fchmodat(int folder, const char* path, mode_t mode,
                        int flags) noexcept(noexcept(::fchmodat(0, "", 0, 0))) {
  using function = int (*)(int, const char*, mode_t, int);
  static const auto next = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "fchmodat"));
  if (refusal_of_fchmodat == 0 && next != nullptr) return next(folder, path, mode, flags);
  // In a program that is linked statically, there is no other one.
  if (flags == 0) return static_cast<int>(::syscall(SYS_fchmodat, folder, path, mode));
  errno = refusal_of_fchmodat != 0 ? refusal_of_fchmodat : ENOSYS;
  return -1;
}

#endif

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

class local_socket : public testing::Test {
 protected:
  bool exists() const {
    struct stat found {};
    return ::lstat(path_.c_str(), &found) == 0;
  }
  unsigned mode() const {
    struct stat found {};
    EXPECT_EQ(::lstat(path_.c_str(), &found), 0);
    return found.st_mode & 07777u;
  }
  // As a server that was killed leaves it.
  void leave_behind() const {
    const descriptor fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(fd.get(), 1), 0);
  }

  const temp_dir folder_;
  const std::string path_ = folder_.path() + "/x";
};

#if defined(SYS_bind) && defined(SYS_fchmodat)

// Where links can be kept out by the system, and where they cannot: musl without /proc, a sandbox.
class permissions_of_local_socket : public local_socket, public testing::WithParamInterface<int> {
 protected:
  permissions_of_local_socket() { refusal_of_fchmodat = GetParam(); }
  ~permissions_of_local_socket() override {
    refusal_of_fchmodat = 0;
    after_bind = nullptr;
  }
};

INSTANTIATE_TEST_SUITE_P(, permissions_of_local_socket,
                         testing::Values(0, ENOENT, EPERM, ENOSYS, EOPNOTSUPP));

TEST_P(permissions_of_local_socket, are_those_that_were_asked_for) {
  const mode_t before = ::umask(0077);
  const local_listener listener(path_, 0666);
  ::umask(before);
  EXPECT_EQ(mode(), 0666u);
}

TEST_P(permissions_of_local_socket, are_given_to_no_file_that_a_link_in_its_place_leads_to) {
  const std::string other = folder_.write("other", "");
  ASSERT_EQ(::chmod(other.c_str(), 0600), 0);
  after_bind = [&](const char* path) {
    EXPECT_EQ(::unlink(path), 0);
    EXPECT_EQ(::symlink(other.c_str(), path), 0);
  };
  EXPECT_THROW(local_listener(path_, 0666), ssl_error);
  struct stat found {};
  ASSERT_EQ(::stat(other.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777u, 0600u);
}

#ifdef __linux__
TEST_F(local_socket, never_has_more_than_its_permissions) {
  unsigned at_first = 0;
  after_bind = [&](const char*) { at_first = mode(); };
  const mode_t before = ::umask(0);
  const local_listener listener(path_, 0600);
  ::umask(before);
  after_bind = nullptr;
  EXPECT_EQ(at_first, 0600u);
}
#endif

#endif

TEST_F(local_socket, carries_tls_and_names_its_path) {
  local_listener listener(path_);
  EXPECT_EQ(listener.address(), "unix:" + path_);
  task client([&] {
    ssl_client_stream s(connect_local(path_), client_options());
    s << "hello" << std::endl;
    EXPECT_EQ(s.peer_address(), "unix:" + path_);
    s.close();
    EXPECT_TRUE(s.good()) << s.error().message();
  });
  const auto context = ssl_context::server(server_options());
  ssl_server_stream s = listener.accept(context, in(seconds(10)));
  std::string line;
  EXPECT_TRUE(std::getline(s, line)) << s.error().message();
  EXPECT_EQ(line, "hello");
  EXPECT_EQ(s.local_address(), "unix:" + path_);
  s.close();
}

TEST_F(local_socket, is_for_its_owner_alone_unless_permitted) {
  {
    const local_listener listener(path_);
    EXPECT_EQ(mode(), 0600u);
  }
  EXPECT_EQ(failure_of([&] { local_listener wrong(path_, -1); }).code(),
            ssl_errc::bad_configuration);
  const local_listener listener(path_, 0666);
  EXPECT_EQ(mode(), 0666u);
}

TEST_F(local_socket, has_no_path_any_more_in_the_end) {
  local_listener listener(path_);
  local_listener moved(std::move(listener));
  EXPECT_TRUE(exists());
  moved.close();
  EXPECT_FALSE(exists());
  EXPECT_EQ(failure_of([&] { moved.accept(); }).code(), ssl_errc::closed);
  { const local_listener again(path_); }
  EXPECT_FALSE(exists());
}

TEST_F(local_socket, replaces_what_a_dead_server_has_left) {
  leave_behind();
  local_listener listener(path_);
  const descriptor client(connect_local(path_, in(seconds(10))));
  expect_connected(client, descriptor(listener.accept(in(seconds(10)))));
}

TEST_F(local_socket, is_not_taken_from_a_server_that_lives) {
  local_listener listener(path_);
  const ssl_error e = failure_of([&] { local_listener second(path_); });
  EXPECT_EQ(e.code(), std::errc::address_in_use);
  EXPECT_EQ(e.operation(), "listen");
  EXPECT_TRUE(mentions(e, "unix:" + path_)) << e.what();
  EXPECT_TRUE(mentions(e, "another server is listening there")) << e.what();
  const descriptor probe(listener.accept(in(seconds(10))));  // by which the second one saw it
  const descriptor client(connect_local(path_, in(seconds(10))));
  expect_connected(client, descriptor(listener.accept(in(seconds(10)))));
}

TEST_F(local_socket, does_not_replace_another_file) {
  std::ofstream(path_) << "kept";
  const ssl_error e = failure_of([&] { local_listener listener(path_); });
  EXPECT_EQ(e.code(), std::errc::address_in_use);
  EXPECT_TRUE(mentions(e, "not a socket, and is left alone")) << e.what();
  std::string content;
  EXPECT_TRUE(std::ifstream(path_) >> content);
  EXPECT_EQ(content, "kept");
}

TEST_F(local_socket, leaves_the_path_to_the_server_that_has_taken_it) {
  local_listener listener(path_);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  const local_listener second(path_);
  listener.close();
  EXPECT_TRUE(exists());
}

TEST_F(local_socket, keeps_its_path_when_a_child_process_closes_it) {
  local_listener listener(path_);
  const pid_t child = ::fork();
  if (child == 0) {
    listener.close();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(exists());
}

TEST_F(local_socket, is_started_by_one_of_many_at_once) {
  leave_behind();
  std::atomic<int> listening{0};
  {
    std::mutex lock;
    std::vector<local_listener> all;
    std::vector<std::unique_ptr<task>> tasks;
    for (int i = 0; i != 8; ++i) {
      tasks.push_back(std::make_unique<task>([&] {
        try {
          local_listener listener(path_);
          ++listening;
          const std::lock_guard<std::mutex> hold(lock);
          all.push_back(std::move(listener));
        } catch (const ssl_error& e) {
          EXPECT_EQ(e.code(), std::errc::address_in_use) << e.what();
        }
      }));
    }
    tasks.clear();
  }
  EXPECT_EQ(listening, 1);
  EXPECT_FALSE(exists());
}

TEST_F(local_socket, with_too_long_a_path_is_refused_with_the_limit) {
  const std::string longest(107 - folder_.path().size() - 1, 'x');
  { const local_listener listener(folder_.path() + "/" + longest); }
  const std::string longer = folder_.path() + "/" + longest + "x";
  for (const ssl_error& e : {failure_of([&] { local_listener listener(longer); }),
                             failure_of([&] { connect_local(longer); })}) {
    EXPECT_EQ(e.code(), std::errc::filename_too_long);
    EXPECT_TRUE(mentions(e, "at most 107 characters")) << e.what();
    EXPECT_TRUE(mentions(e, longer)) << e.what();
  }
}

TEST_F(local_socket, has_to_have_a_path) {
  using namespace std::string_literals;
  for (const std::string& wrong : {""s, "a\0b"s}) {
    EXPECT_EQ(failure_of([&] { local_listener listener(wrong); }).code(),
              ssl_errc::bad_configuration);
    EXPECT_EQ(failure_of([&] { connect_local(wrong); }).code(), ssl_errc::bad_configuration);
  }
}

TEST_F(local_socket, that_nobody_listens_at_refuses) {
  EXPECT_EQ(failure_of([&] { connect_local(path_); }).code(), std::errc::no_such_file_or_directory);
  leave_behind();
  const ssl_error e = failure_of([&] { connect_local(path_); });
  EXPECT_EQ(e.code(), std::errc::connection_refused);
  EXPECT_EQ(e.operation(), "connect");
  EXPECT_TRUE(mentions(e, "unix:" + path_)) << e.what();
}

TEST_F(local_socket, whose_queue_is_full_is_waited_for_until_the_deadline) {
  const descriptor fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd.get(), 0), 0);
  const descriptor first(connect_local(path_, in(seconds(10))));
  EXPECT_EQ(failure_of([&] { connect_local(path_, in(milliseconds(50))); }).code(),
            ssl_errc::timed_out);
  blocked_operation connecting([&] { descriptor(connect_local(path_, in(seconds(20)))); });
  EXPECT_TRUE(connecting.is_blocked());
  const descriptor accepted(::accept(fd.get(), nullptr, nullptr));
  EXPECT_TRUE(connecting.ended_within(seconds(10)));
  connecting.join();
}

TEST_F(local_socket, ends_accepting_when_canceled_and_names_itself) {
  local_listener listener(path_);
  EXPECT_EQ(failure_of([&] { listener.accept(in(milliseconds(20))); }).code(), ssl_errc::timed_out);
  listener.cancel();
  const ssl_error e = failure_of([&] { listener.accept(); });
  EXPECT_EQ(e.code(), ssl_errc::canceled);
  EXPECT_TRUE(mentions(e, "unix:" + path_)) << e.what();
}

TEST_F(local_socket, is_adopted_and_its_path_is_left) {
  leave_behind();
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  descriptor fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_THROW(local_listener::adopt(fd.get()), ssl_error);
  ASSERT_EQ(::listen(fd.get(), 1), 0);
  {
    local_listener listener = local_listener::adopt(fd.get());
    fd.release();
    const descriptor client(connect_local(path_, in(seconds(10))));
    ssl_server_stream s(ssl_context::server(server_options()));
    listener.accept(s, in(seconds(10)));
    EXPECT_TRUE(s.is_open());
    s.cancel();
  }
  EXPECT_TRUE(exists());
}

#ifdef __linux__
TEST(abstract_socket, needs_no_file) {
  const std::string name = "@iostls-test-" + std::to_string(::getpid());
  local_listener listener(name);
  EXPECT_EQ(listener.address(), "unix:" + name);
  EXPECT_EQ(failure_of([&] { local_listener second(name); }).code(), std::errc::address_in_use);
  const descriptor client(connect_local(name, in(seconds(10))));
  expect_connected(client, descriptor(listener.accept(in(seconds(10)))));
  listener.close();
  EXPECT_EQ(failure_of([&] { connect_local(name); }).code(), std::errc::connection_refused);
}
#endif

}  // namespace
}  // namespace iostls
