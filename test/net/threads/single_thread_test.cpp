// SPDX-License-Identifier: Apache-2.0
// A program of one thread: nobody can wake it, so that it waits in the call that reads. It is a program of
// its own, since tests have threads.
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "descriptor.hpp"
#include "process.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace {

using namespace test;

class single_thread : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(, single_thread,
                         testing::Values("undisturbed", "interrupted", "limited", "nonblocking",
                                         "late", "woken_before", "woken_by_another"),
                         [](const auto& info) { return std::string(info.param); });

void converse(descriptor connection, int order) {
  peer_options options;
  options.server = false;
  tls_peer client(std::move(connection), options);
  EXPECT_TRUE(client.write("hello\n")) << client.error();
  EXPECT_EQ(read_raw(order, 1), ".");
  EXPECT_TRUE(client.write("world\n")) << client.error();
  EXPECT_TRUE(client.close_notify()) << client.error();
  EXPECT_TRUE(client.sees_close_notify()) << client.error();
}

TEST_P(single_thread, waits_for_input_as_others_do) {
  descriptor_pair connection = tcp_pair();
  descriptor_pair order = socket_pair();
  child_process server([&] {
    for (const int fd : {connection.b.get(), order.b.get()}) ::fcntl(fd, F_SETFD, 0);
    ::execl(ONE_THREAD_PROGRAM, "one_thread", GetParam(),
            std::to_string(connection.b.get()).c_str(), std::to_string(order.b.get()).c_str(),
            static_cast<char*>(nullptr));
    return 126;
  });
  connection.b.reset();
  order.b.reset();
  converse(std::move(connection.a), order.a.get());
  EXPECT_EQ(server.result(), (child_result{0, 0}));
}

}  // namespace
}  // namespace iostls
