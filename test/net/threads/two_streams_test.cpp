// SPDX-License-Identifier: Apache-2.0
// An istream and an ostream on one buffer: what programs have that used one stream for input and one
// for output, each with its own state.
#include <functional>
#include <istream>
#include <ostream>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#if defined(__GLIBCXX__)
#include <ext/stdio_filebuf.h>
#endif

#include "dialogue.hpp"

namespace iostls {
namespace {

using namespace test;

// The old program: takes in all there is, then answers.
void count_lines(std::istream& in, std::ostream& out) {
  int lines = 0;
  std::string line;
  while (getline(in, line)) ++lines;
  EXPECT_TRUE(in.eof());
  EXPECT_FALSE(in.bad());
  EXPECT_TRUE(out << lines << " lines\n" << std::flush);
}

#if defined(__GLIBCXX__)
TEST(two_plain_streams, have_a_state_each) {
  descriptor_pair pair = tcp_pair();
  std::string answer;
  task peer([&] {
    EXPECT_TRUE(write_raw(pair.b.get(), "one\ntwo\n"));
    ::shutdown(pair.b.get(), SHUT_WR);
    answer = read_raw(pair.b.get());
  });
  const int fd = pair.a.release();
  {
    __gnu_cxx::stdio_filebuf<char> input(::dup(fd), std::ios::in);
    __gnu_cxx::stdio_filebuf<char> output(fd, std::ios::out);
    std::istream in(&input);
    std::ostream out(&output);
    count_lines(in, out);
  }
  peer.join();
  EXPECT_EQ(answer, "2 lines\n");
}
#endif

class two_streams : public testing::TestWithParam<variant> {
 protected:
  // The peer sends two lines and close_notify, and returns what it is answered.
  std::string answer_to_two_lines(const std::function<void(ssl_stream&)>& program) {
    const auto d = started(GetParam());
    std::string answer;
    task peer([&] {
      EXPECT_TRUE(d->peer().write("one\ntwo\n"));
      EXPECT_TRUE(d->peer().close_notify());
      answer = d->peer().read_to_end();
      EXPECT_EQ(d->peer().end(), peer_end::close_notify);
      d->peer().close();
    });
    program(d->stream());
    peer.join();
    return answer;
  }
};

INSTANTIATE_TEST_SUITE_P(, two_streams, all_variants(), variant_name);

TEST_P(two_streams, on_one_buffer_have_a_state_each) {
  EXPECT_EQ(answer_to_two_lines([](ssl_stream& s) {
              std::istream in(s.rdbuf());
              std::ostream out(s.rdbuf());
              count_lines(in, out);
              s.close();
              EXPECT_TRUE(s);
            }),
            "2 lines\n");
}

TEST_P(two_streams, on_one_buffer_of_their_own_have_a_state_each) {
  EXPECT_EQ(answer_to_two_lines([](ssl_stream& s) {
              ssl_streambuf buffer(std::move(*s.rdbuf()));
              std::istream in(&buffer);
              std::ostream out(&buffer);
              count_lines(in, out);
              EXPECT_NO_THROW(buffer.close());
            }),
            "2 lines\n");
}

// As with any std::iostream: the pages on moving from two streams warn of it.
TEST_P(two_streams, as_a_single_one_write_nothing_after_the_end_of_the_input) {
  EXPECT_EQ(answer_to_two_lines([](ssl_stream& s) {
              std::string line;
              while (getline(s, line)) {
              }
              EXPECT_EQ(s.rdstate(), std::ios::eofbit | std::ios::failbit);
              EXPECT_FALSE(s << "lost\n");
              s.clear();
              EXPECT_TRUE(s << "after clear()\n");
              s.close();
            }),
            "after clear()\n");
}

}  // namespace
}  // namespace iostls
