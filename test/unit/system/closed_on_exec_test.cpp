// SPDX-License-Identifier: Apache-2.0
// Sockets are made as those that programs do not inherit: a thread may start one before anything else is
// done with them.
#include <atomic>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <iostls/local_socket.hpp>
#include <iostls/tcp.hpp>

#include "descriptor.hpp"
#include "files.hpp"

namespace {

std::atomic<int> made{0}, made_inheritable{0};

}  // namespace

// In place of the C library's.
extern "C" int socket(int family, int type, int protocol) noexcept(noexcept(::socket(0, 0, 0))) {
  ++made;
  if ((type & SOCK_CLOEXEC) == 0) ++made_inheritable;
  return static_cast<int>(::syscall(SYS_socket, family, type, protocol));
}

namespace iostls {
namespace test {
namespace {

// Connects in both ways, and returns the flags that the descriptors have in common.
int common_flags() {
  const temp_dir folder;
  const std::string path = folder.path() + "/s";
  local_listener local(path);
  tcp_listener tcp("127.0.0.1");
  const descriptor local_client(connect_local(path)), local_server(local.accept());
  const descriptor tcp_client(connect_tcp("127.0.0.1", std::to_string(tcp.port())));
  const descriptor tcp_server(tcp.accept());
  int flags = FD_CLOEXEC;
  for (const int fd : {local.fd(), tcp.fd(), local_client.get(), local_server.get(),
                       tcp_client.get(), tcp_server.get()}) {
    flags &= ::fcntl(fd, F_GETFD);
  }
  return flags;
}

TEST(sockets, are_not_inherited_by_programs) { EXPECT_EQ(common_flags(), FD_CLOEXEC); }

#ifdef IOSTLS_HAS_CLOEXEC

TEST(sockets, are_never_inheritable) {
  made = made_inheritable = 0;
  common_flags();
  EXPECT_GE(made, 4);
  EXPECT_EQ(made_inheritable, 0);
}

#endif

}  // namespace
}  // namespace test
}  // namespace iostls
