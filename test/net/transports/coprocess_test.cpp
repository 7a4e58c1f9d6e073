// SPDX-License-Identifier: Apache-2.0
// TLS through the standard input and output of a program that somebody else has written:
// openssl s_client, which carries them through a TLS connection of its own.
#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/tcp.hpp>
#include <iostls/transport.hpp>

#include "descriptor.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "transports.hpp"

namespace iostls {
namespace {

using namespace test;

// A child with pipes at its standard input and output.
class coprocess {
 public:
  explicit coprocess(std::vector<std::string> arguments) {
    descriptor_pair in = make_pipe();
    descriptor_pair out = make_pipe();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.b.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.a.get(), STDOUT_FILENO);
    std::vector<char*> argv;
    for (std::string& a : arguments) argv.push_back(&a[0]);
    argv.push_back(nullptr);
    error_ = ::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    input_ = std::move(in.a);
    output_ = std::move(out.b);
  }
  coprocess(const coprocess&) = delete;
  coprocess& operator=(const coprocess&) = delete;
  ~coprocess() {
    if (error_ != 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  int error() const noexcept { return error_; }
  std::unique_ptr<transport> take_transport() {
    return std::make_unique<two_descriptors>(output_.release(), input_.release());
  }

 private:
  pid_t pid_ = -1;
  int error_ = 0;
  descriptor input_, output_;
};

class through_a_program : public testing::TestWithParam<tls_version> {
 protected:
  void SetUp() override {
    const std::string ca = files_.write("ca.pem", test_authority().certificate());
    program_ = std::make_unique<coprocess>(std::vector<std::string>{
        "openssl", "s_client", "-quiet", "-nocommands", "-verify_return_error", "-verify_quiet",
        "-CAfile", ca, "-servername", "localhost", "-connect",
        "127.0.0.1:" + std::to_string(listener_.port())});
    if (program_->error() == ENOENT) GTEST_SKIP() << "openssl is not installed";
    ASSERT_EQ(program_->error(), 0);
    outer_ = make_stream(
        role::server,
        descriptor(listener_.accept(std::chrono::steady_clock::now() + std::chrono::seconds(10))),
        server_options(GetParam()));
    server_ = make_stream(role::server, std::make_unique<streambuf_transport>(*outer_->rdbuf()),
                          server_options(GetParam()));
    client_ = make_stream(role::client, program_->take_transport(), client_options(GetParam()));
  }

  temp_dir files_;
  tcp_listener listener_{"127.0.0.1"};
  std::unique_ptr<coprocess> program_;
  std::unique_ptr<ssl_stream> outer_, server_, client_;
};

INSTANTIATE_TEST_SUITE_P(, through_a_program,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(through_a_program, dialogue_is_carried_to_its_clean_end) {
  task server([&] {
    std::string line;
    while (getline(*server_, line)) *server_ << "you said: " << line << '\n';
    EXPECT_TRUE(server_->eof());
    EXPECT_FALSE(server_->error()) << server_->last_error()->what();
    server_->clear();
    server_->close();
    EXPECT_TRUE(*server_);
    outer_->close();
  });
  std::string line;
  // Every byte goes through, also those that s_client takes for commands at a terminal.
  for (const std::string& said :
       {std::string("hello"), std::string("Q"), std::string("\0\r\x04", 3)}) {
    *client_ << said << std::endl;
    EXPECT_TRUE(getline(*client_, line)) << client_->last_error()->what();
    EXPECT_EQ(line, "you said: " + said);
  }
  client_->close();
  EXPECT_TRUE(*client_) << client_->last_error()->what();
}

TEST_P(through_a_program, end_of_the_program_is_a_truncation) {
  task server([&] { EXPECT_NO_THROW(server_->do_handshake()); });
  EXPECT_NO_THROW(client_->do_handshake());
  server.join();
  program_.reset();
  EXPECT_EQ(client_->get(), EOF);
  EXPECT_EQ(client_->error(), ssl_errc::truncated);
  EXPECT_EQ(server_->get(), EOF);
  EXPECT_TRUE(server_->bad());
}

}  // namespace
}  // namespace iostls
