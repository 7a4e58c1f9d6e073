// SPDX-License-Identifier: Apache-2.0
// How programs begin and end around their streams: statics, plug-ins, threads that come and go.
#include <string>
#include <thread>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "process.hpp"
#include "sanitizers.hpp"

namespace iostls {
namespace {

using namespace test;

// A client that does not judge: what it talks to has made its certificate itself.
peer_options curious_client() {
  peer_options options;
  options.server = false;
  options.server_name = "localhost";
  return options;
}

void expect_line_and_clean_end(tls_peer& client) {
  EXPECT_TRUE(client.write("line\n")) << client.error();
  EXPECT_EQ(client.read_to_end(), "line too\n") << client.error();
  EXPECT_EQ(client.end(), peer_end::close_notify) << client.error();
  client.close();
}

class statics : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(, statics,
                         testing::Values("cs", "sc", "ocs", "osc", "cos", "soc", "cso", "sco",  //
                                         "cp", "pc", "ocp", "opc", "cop", "poc", "cpo", "pco"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(statics, say_goodbye_when_the_program_ends) {
  descriptor_pair pair = tcp_pair();
  tls_peer client(std::move(pair.a), curious_client());
  std::thread reader([&] { expect_line_and_clean_end(client); });
  const int fd = pair.b.get();
  const child_result result = run_in_child([&] {
    ::fcntl(fd, F_SETFD, 0);
    ::execl(STATICS_PROGRAM, "statics", GetParam(), std::to_string(fd).c_str(),
            static_cast<char*>(nullptr));
    return 126;
  });
  pair.b.reset();
  reader.join();
  EXPECT_EQ(result, (child_result{0, 0}));
}

TEST(look_up_that_was_left_behind, does_not_disturb_the_end_of_the_program) {
  for (int i = 0; i != 20; ++i) {
    const child_result result = run_in_child([] {
      ::execl(LEFT_LOOK_UP_PROGRAM, "left_look_up", static_cast<char*>(nullptr));
      return 126;
    });
    EXPECT_EQ(result, (child_result{0, 0}));
  }
}

// Others still use OpenSSL when we are gone; what it would call in us must still be there.
TEST(plugin, can_be_unloaded_and_loaded_again) {
  const auto others = make_peer_context(server_peer());
  for (int i = 0; i != 3; ++i) {
    void* const plugin = ::dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(plugin, nullptr) << ::dlerror();
    const auto serve = reinterpret_cast<int (*)(int)>(::dlsym(plugin, "serve_line"));
    ASSERT_NE(serve, nullptr) << ::dlerror();
    descriptor_pair pair = tcp_pair();
    tls_peer client(std::move(pair.a), curious_client());
    std::thread reader([&] { expect_line_and_clean_end(client); });
    EXPECT_EQ(serve(pair.b.release()), 0);
    reader.join();
    EXPECT_EQ(::dlclose(plugin), 0);
    make_peer_context(server_peer());  // frees what it makes
  }
}

// Each thread reads a line and writes one: OpenSSL keeps something for each thread that calls it.
TEST(threads, that_come_and_go_leave_no_memory_behind) {
#if IOSTLS_TEST_ASAN
  GTEST_SKIP() << "AddressSanitizer keeps memory for each thread that was";
#endif
  const auto d = started({role::server, tls_version::tls1_3});
  const auto exchange = [&d](int count) {
    for (int i = 0; i != count; ++i) {
      ASSERT_TRUE(d->peer().write("question\n"));
      std::thread([&d] {
        std::string line;
        std::getline(d->stream(), line);
        d->stream() << "answer" << std::endl;
      }).join();
      ASSERT_EQ(d->peer().read_line(), "answer");
    }
  };
  exchange(1000);
  const long before = rss_kib();
  exchange(10000);
  EXPECT_LT(rss_kib() - before, 1024) << "KiB for 10,000 threads";
}

}  // namespace
}  // namespace iostls
