// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "thrown.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

ssl_context logging_server(const std::string& path, tls_version only = tls_version::tls1_3) {
  context_options o = server_options(only);
  o.keylog_file = path;
  return ssl_context::server(o);
}

ssl_context any_client() { return ssl_context::client(client_options()); }

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777U;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) {
      ADD_FAILURE() << "the last line is cut: " << text.substr(at);
      break;
    }
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(keylog, is_a_file_for_its_owner_alone_with_the_secrets_of_connections) {
  const temp_dir dir;
  const std::string path = dir / "keys";
  const ssl_context server = logging_server(path);
  EXPECT_EQ(mode_of(path), 0600U);
  complete_handshake(server, any_client());
  const std::string text = read_file(path);
  EXPECT_NE(text.find("CLIENT_TRAFFIC_SECRET_0 "), std::string::npos) << text;
  EXPECT_NE(text.find("SERVER_TRAFFIC_SECRET_0 "), std::string::npos) << text;
}

TEST(keylog, of_a_client_says_the_same) {
  const temp_dir dir;
  context_options o = client_options(tls_version::tls1_2);
  o.keylog_file = dir / "client";
  complete_handshake(logging_server(dir / "server", tls_version::tls1_2), ssl_context::client(o));
  const std::string text = read_file(dir / "client");
  EXPECT_EQ(text.compare(0, 14, "CLIENT_RANDOM "), 0) << text;
  EXPECT_EQ(text, read_file(dir / "server"));
}

TEST(keylog, is_written_to_its_end) {
  const temp_dir dir;
  const std::string path = dir.write("keys", "# what was there\n");
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  complete_handshake(logging_server(path), any_client());
  const std::size_t once = lines_of(read_file(path)).size();
  complete_handshake(logging_server(path), any_client());
  const std::vector<std::string> lines = lines_of(read_file(path));
  EXPECT_EQ(lines.front(), "# what was there");
  EXPECT_EQ(lines.size() - 1, 2 * (once - 1));
}

TEST(keylog, has_whole_lines_whoever_writes) {
  const temp_dir dir;
  const std::string path = dir / "keys";
  const ssl_context server = logging_server(path);
  const ssl_context client = any_client();
  const auto connect = [&] {
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(complete_handshake(server, client).client.failed);
  };
  { task a(connect), b(connect), c(connect), d(connect); }
  const std::vector<std::string> lines = lines_of(read_file(path));
  EXPECT_EQ(lines.size() % 40, 0U);
  for (const std::string& line : lines) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ' '), 2) << line;
  }
}

TEST(keylog, is_not_turned_on_by_the_environment) {
  const temp_dir dir;
  const std::string path = dir / "keys";
  ::setenv("SSLKEYLOGFILE", path.c_str(), 1);
  complete_handshake(ssl_context::server(server_options()), any_client());
  ::unsetenv("SSLKEYLOGFILE");
  EXPECT_FALSE(exists(path));
}

void expect_refused(const std::string& path, const std::string& reason) {
  for (const bool is_server : {true, false}) {
    context_options o = is_server ? server_options() : client_options();
    o.keylog_file = path;
    const ssl_error e =
        thrown_by([&] { is_server ? ssl_context::server(o) : ssl_context::client(o); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), "keylog_file");
    EXPECT_TRUE(mentions(e, reason)) << e.what();
  }
}

TEST(keylog, that_cannot_be_opened_is_refused_with_its_path) {
  const temp_dir dir;
  expect_refused(dir / "absent/keys", dir / "absent/keys\": No such file or directory");
  expect_refused(dir.path(), "Is a directory");
  expect_refused(std::string("a\0b", 3), "NUL");
}

TEST(keylog, that_is_a_symbolic_link_is_refused) {
  const temp_dir dir;
  const std::string target = dir / "target", path = dir / "keys";
  ASSERT_EQ(::symlink(target.c_str(), path.c_str()), 0);
  expect_refused(path, path + "\": is a symbolic link");
  EXPECT_FALSE(exists(target));
  ASSERT_EQ(::chmod(dir.write("target", "").c_str(), 0600), 0);
  expect_refused(path, path + "\": is a symbolic link");
  EXPECT_EQ(read_file(target), "");
}

TEST(keylog, that_others_have_access_to_is_refused) {
  const temp_dir dir;
  const std::string path = dir.write("keys", "");
  for (const auto& [mode, words] : {std::pair(0666U, "0666"), std::pair(0644U, "0644"),
                                    std::pair(0620U, "0620"), std::pair(0601U, "0601")}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    expect_refused(path, path + "\": has mode " + words);
    expect_refused(path, "chmod 600");
  }
  EXPECT_EQ(read_file(path), "");
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_NO_THROW(logging_server(path));
}

TEST(keylog, of_another_user_is_refused) {
  const temp_dir dir;
  const std::string path = dir.write("keys", "");
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  if (::chown(path.c_str(), 12345, static_cast<gid_t>(-1)) != 0) {
    GTEST_SKIP() << "only root can give a file to another user";
  }
  expect_refused(path, path + "\": belongs to another user (number 12345)");
  EXPECT_EQ(read_file(path), "");
}

TEST(keylog, that_is_a_fifo_which_others_read_is_refused) {
  const temp_dir dir;
  const std::string path = dir / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  const descriptor reader(
      ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));  // NOLINT: vararg
  expect_refused(path, "0640");
}

TEST(keylog, that_is_a_fifo_without_a_reader_does_not_hang) {
  const temp_dir dir;
  const std::string path = dir / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  expect_refused(path, path);
}

volatile std::sig_atomic_t pipe_signals = 0;

TEST(keylog, that_is_a_fifo_whose_reader_has_gone_raises_no_signal) {
  const temp_dir dir;
  const std::string path = dir / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  descriptor reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));  // NOLINT: vararg
  const ssl_context server = logging_server(path);
  reader.reset();
  const auto before = std::signal(SIGPIPE, [](int) { pipe_signals = 1; });
  const both_reports r = complete_handshake(server, any_client());
  std::signal(SIGPIPE, before);
  EXPECT_EQ(pipe_signals, 0);
  EXPECT_FALSE(r.server.failed) << r.server.what;
  EXPECT_FALSE(r.client.failed) << r.client.what;
}

TEST(keylog, that_cannot_be_written_is_no_failure_of_the_connection) {
  if (!exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  const both_reports r = complete_handshake(logging_server("/dev/full"), any_client());
  EXPECT_FALSE(r.server.failed) << r.server.what;
}

}  // namespace
}  // namespace test
}  // namespace iostls
