// SPDX-License-Identifier: Apache-2.0
// Signals, and the modes that the program's descriptors are in.
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "interrupter.hpp"
#include "process.hpp"

namespace iostls {
namespace {

using namespace test;

class signals : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, signals, all_variants(), variant_name);

// Exit codes of the children below.
enum outcome { as_expected = 0, nothing_failed = 1, failed_otherwise = 2 };

// Reads one line, which the peer sends before it leaves, and writes until that fails.
int write_to_the_departed(const variant& v, descriptor fd) {
  const auto stream = make_stream(v.stream, std::move(fd), stream_options(v.stream, v.version));
  std::string line;
  std::getline(*stream, line);
  pollfd departure{stream->rdbuf()->fd(), POLLRDHUP, 0};
  ::poll(&departure, 1, 10000);
  for (int i = 0; i != 1000 && stream->good(); ++i) *stream << "anybody there?" << std::flush;
  if (!stream->bad()) return nothing_failed;
  const bool told =
      stream->error() == std::errc::broken_pipe || stream->error() == std::errc::connection_reset;
  return told ? as_expected : failed_otherwise;
}

void expect_survival(const variant& v, descriptor_pair pair) {
  const int peer_fd = pair.a.get();
  const descriptor_pair forked = socket_pair();
  tls_peer peer(std::move(pair.a), peer_of(v.stream, v.version));
  // A fork while this thread is inside of OpenSSL, or of malloc(), would copy the locks.
  task other_end([&] {
    write_raw(forked.a.get(), "?");
    read_raw(forked.a.get(), 1);
    EXPECT_TRUE(peer.write("hello\n")) << peer.error();
    peer.close();
  });
  ASSERT_EQ(read_raw(forked.b.get(), 1), "?");
  const child_result result = run_in_child([&] {
    ::close(peer_fd);  // or the connection would outlive the parent's end of it
    write_raw(forked.b.get(), "!");
    return write_to_the_departed(v, std::move(pair.b));
  });
  EXPECT_EQ(result, child_result({as_expected, 0}));
}

TEST_P(signals, writing_to_a_peer_that_left_is_an_error_and_no_sigpipe) {
  expect_survival(GetParam(), tcp_pair());
}

TEST_P(signals, the_same_over_a_local_socket) { expect_survival(GetParam(), socket_pair()); }

TEST_P(signals, dispositions_and_mask_stay_as_they_are) {
  struct sigaction before[NSIG] = {}, after[NSIG] = {};
  sigset_t mask_before, mask_after;
  for (int s = 1; s != NSIG; ++s) sigaction(s, nullptr, &before[s]);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  {
    const auto d = started(GetParam());
    d->peer().reset();
    ASSERT_TRUE(d->wait_until_hung_up());
    d->stream() << "anybody there?" << std::flush;
    EXPECT_TRUE(d->stream().bad());
  }
  for (int s = 1; s != NSIG; ++s) {
    sigaction(s, nullptr, &after[s]);
    EXPECT_EQ(before[s].sa_handler, after[s].sa_handler) << "of signal " << s;
    EXPECT_EQ(before[s].sa_flags, after[s].sa_flags) << "of signal " << s;
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  for (int s = 1; s != NSIG; ++s) {
    EXPECT_EQ(sigismember(&mask_before, s), sigismember(&mask_after, s)) << "signal " << s;
  }
}

// A megabyte there and back.
void expect_echo(dialogue& d) {
  const std::string sent(1 << 20, 'm');
  std::string received(sent.size(), '\0');
  task peer([&] { EXPECT_TRUE(d.peer().write(d.peer().read_exactly(sent.size()))); });
  EXPECT_TRUE(d.stream() << sent << std::flush);
  EXPECT_TRUE(d.stream().read(&received[0], static_cast<std::streamsize>(received.size())));
  EXPECT_TRUE(received == sent);
}

void expect_flags_kept(const variant& v, int more_flags) {
  descriptor_pair pair = tcp_pair();
  const int fd = pair.b.get();
  const int flags = ::fcntl(fd, F_GETFL) | more_flags;
  ASSERT_EQ(::fcntl(fd, F_SETFL, flags), 0);
  const descriptor duplicate(::dup(fd));  // shares the flags, and lives on
  dialogue d(v, {}, std::move(pair));
  d.handshake();
  expect_echo(d);
  EXPECT_EQ(::fcntl(fd, F_GETFL), flags);
  task peer([&] { d.answer_close(); });
  d.stream().close();
  EXPECT_EQ(::fcntl(duplicate.get(), F_GETFL), flags);
}

TEST_P(signals, a_descriptor_that_does_not_block_works_as_one_that_does) {
  expect_flags_kept(GetParam(), O_NONBLOCK);
}

TEST_P(signals, a_descriptor_that_blocks_goes_on_blocking) { expect_flags_kept(GetParam(), 0); }

TEST_P(signals, interrupted_calls_are_repeated) {
  dialogue d(GetParam());
  {
    const interrupter every_now_and_then;
    d.handshake();
    expect_echo(d);
    EXPECT_EQ(d.stream().error(), std::error_code());
    std::string line;
    task peer([&] {
      while (interruptions < 100) std::this_thread::yield();  // the stream is in its wait
      EXPECT_TRUE(d.peer().write("at last\n"));
      d.answer_close();
    });
    EXPECT_TRUE(std::getline(d.stream(), line));
    EXPECT_EQ(line, "at last");
    d.stream().close();
    EXPECT_TRUE(d.stream().good());
  }
  EXPECT_GE(interruptions, 100);
}

TEST_P(signals, an_interrupted_wait_still_ends_at_its_deadline) {
  const auto d = started(
      GetParam(), [](context_options& o) { o.read_timeout = std::chrono::milliseconds(100); });
  const interrupter every_now_and_then;
  EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
  EXPECT_EQ(d->stream().error(), ssl_errc::timed_out);
  EXPECT_GT(interruptions, 0);
}

}  // namespace
}  // namespace iostls
