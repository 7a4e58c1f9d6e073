// SPDX-License-Identifier: Apache-2.0
// Each function for input, called by the thread that reads while another one writes: none of them
// may touch what the other thread has written and not flushed.
#include <atomic>
#include <functional>
#include <istream>
#include <ostream>
#include <sstream>
#include <streambuf>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "blocked_operation.hpp"
#include "dialogue.hpp"
#include "event.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace {

using namespace test;

constexpr int calls = 100;
const std::string piece = "1234 \n";  // no call consumes more

struct input_function {
  const char* name;
  void (*call)(std::istream&);
  bool sets_bits = false;  // of a state that a stream shares with those who write
};

std::ostream& operator<<(std::ostream& out, const input_function& f) { return out << f.name; }

std::streambuf& area(std::istream& in) { return *in.rdbuf(); }

void getline_of_iostls(std::istream& in) {
  std::string line;
  static_cast<void>(iostls::getline(in, line, 100));
}
void getline_to_string(std::istream& in) {
  std::string line;
  std::getline(in, line);
}
void getline_to_array(std::istream& in) {
  char line[16];
  in.getline(line, sizeof line);
}
void get_to_array(std::istream& in) {
  char line[16];
  in.get(line, sizeof line);
  in.get();
}
void get_to_buffer(std::istream& in) {
  std::stringbuf line;
  in.get(line);
  in.get();
}
void read_block(std::istream& in) {
  char block[4];
  in.read(block, sizeof block);
}
void read_some(std::istream& in) {
  char block[4];
  in.readsome(block, sizeof block);
}
void extract_number(std::istream& in) {
  int number = 0;
  in >> number;
  EXPECT_EQ(number, 1234);
}
void extract_word(std::istream& in) {
  std::string word;
  in >> word;
  EXPECT_EQ(word, "1234");
}
void put_other_back(std::istream& in) {
  const char c = static_cast<char>(in.get());
  in.putback(c);
}
void sgetn(std::istream& in) {
  char block[4];
  area(in).sgetn(block, sizeof block);
}

const input_function functions[] = {
    {"sync", [](std::istream& in) { in.sync(); }},
    {"in_avail", [](std::istream& in) { area(in).in_avail(); }},
    {"readsome", read_some},
    {"peek", [](std::istream& in) { in.peek(); }},
    {"get", [](std::istream& in) { in.get(); }},
    {"get_to_array", get_to_array},
    {"get_to_buffer", get_to_buffer},
    {"getline", getline_to_string},
    {"getline_to_array", getline_to_array},
    {"getline_of_iostls", getline_of_iostls},
    {"read", read_block},
    {"ignore", [](std::istream& in) { in.ignore(3); }},
    {"ignore_line", [](std::istream& in) { in.ignore(100, '\n'); }},
    {"unget", [](std::istream& in) { in.get(), in.unget(); }},
    {"putback", put_other_back},
    {"tellg", [](std::istream& in) { in.tellg(); }},
    {"seekg", [](std::istream& in) { in.seekg(0), in.clear(); }, true},
    {"number", extract_number, true},
    {"word", extract_word, true},
    {"white_space", [](std::istream& in) { in >> std::ws, in.ignore(2); }, true},
    {"sgetc", [](std::istream& in) { area(in).sgetc(); }},
    {"sbumpc", [](std::istream& in) { area(in).sbumpc(); }},
    {"snextc", [](std::istream& in) { area(in).snextc(); }},
    {"sgetn", sgetn},
    {"sungetc", [](std::istream& in) { area(in).sbumpc(), area(in).sungetc(); }},
    {"sputbackc", [](std::istream& in) { area(in).sputbackc('x'); }},
    {"pubseekoff", [](std::istream& in) { area(in).pubseekoff(0, std::ios::cur, std::ios::in); }},
    {"pubseekpos", [](std::istream& in) { area(in).pubseekpos(0, std::ios::in); }},
};

std::string numbered(int n) { return "line " + std::to_string(n) + ' ' + std::string(40, 'w'); }

// The lines are what was written, in order, and nothing else.
void expect_lines(tls_peer& peer, const std::string& last) {
  for (int i = 0;; ++i) {
    const std::string line = peer.read_line();
    if (line == last) return;
    ASSERT_EQ(line, numbered(i)) << peer.error();
  }
}

// Calls it again and again, until the writer has seen enough of it.
void call_beside_writer(dialogue& d, std::istream& in, std::ostream& out,
                        const input_function& function) {
  std::atomic<bool> reading{true};
  task peer([&] {
    std::string text;
    for (int i = 0; i != calls; ++i) text += piece;
    EXPECT_TRUE(d.peer().write(text));
    expect_lines(d.peer(), "end");
  });
  task reader([&] {
    for (int i = 0; i != calls; ++i) function.call(in);
    reading = false;
  });
  for (int i = 0; reading || i % 50 != 0; ++i) {
    out << numbered(i) << '\n';
    if (i % 50 == 0) out.flush();
  }
  out << "end" << std::endl;
  reader.join(), peer.join();
  EXPECT_TRUE(in.good());
  EXPECT_TRUE(out.good());
}

class input_functions : public testing::TestWithParam<input_function> {};

INSTANTIATE_TEST_SUITE_P(, input_functions, testing::ValuesIn(functions),
                         [](const auto& info) { return std::string(info.param.name); });

constexpr variant client{role::client, tls_version::tls1_3};

TEST_P(input_functions, leave_a_writer_of_the_stream_alone) {
  if (GetParam().sets_bits) return;
  const auto d = started(client);
  call_beside_writer(*d, d->stream(), d->stream(), GetParam());
}

TEST_P(input_functions, leave_a_writer_of_a_duplex_alone) {
  const auto d = started(client);
  ssl_duplex both(d->stream());
  call_beside_writer(*d, both.in(), both.out(), GetParam());
}

// The obvious way to have reading flush again.
TEST_P(input_functions, of_a_tied_duplex_leave_a_writer_alone) {
  const auto d = started(client);
  ssl_duplex both(d->stream());
  both.in().tie(&both.out());
  call_beside_writer(*d, both.in(), both.out(), GetParam());
}

TEST_P(input_functions, of_tied_streams_on_the_buffer_leave_a_writer_alone) {
  const auto d = started(client);
  std::istream in(d->stream().rdbuf());
  std::ostream out(d->stream().rdbuf());
  in.tie(&out);
  call_beside_writer(*d, in, out, GetParam());
}

class input_beside_output : public testing::TestWithParam<variant> {
 protected:
  // What another thread has written stays until it is flushed, by any thread.
  void expect_unsent(dialogue& d, std::ostream& out, const std::function<void()>& input) {
    d.stream().flush();  // session tickets
    ASSERT_TRUE(d.peer().write("xyz"));
    EXPECT_EQ(d.stream().get(), 'x');
    const int before = unread_bytes(d.peer().fd());
    task([&] { out << "remark\n"; }).join();
    input();
    EXPECT_EQ(unread_bytes(d.peer().fd()), before);
    out.flush();
    EXPECT_EQ(d.peer().read_line(), "remark");
  }
};

INSTANTIATE_TEST_SUITE_P(, input_beside_output, all_variants(), variant_name);

TEST_P(input_beside_output, does_not_send_by_sync_what_another_thread_has_written) {
  const auto d = started(GetParam());
  expect_unsent(*d, d->stream(), [&] { EXPECT_EQ(d->stream().sync(), 0); });
}

TEST_P(input_beside_output, does_not_send_by_a_tie_what_another_thread_has_written) {
  const auto d = started(GetParam());
  ssl_duplex both(d->stream());
  both.in().tie(&both.out());
  expect_unsent(*d, both.out(), [&] { EXPECT_EQ(both.in().get(), 'y'); });
}

TEST_P(input_beside_output, sends_by_sync_what_the_same_thread_has_written) {
  const auto d = started(GetParam());
  d->stream() << "question\n";
  EXPECT_EQ(d->stream().sync(), 0);
  EXPECT_EQ(d->peer().read_line(), "question");
}

TEST_P(input_beside_output, sends_by_a_tie_what_the_same_thread_has_written) {
  const auto d = started(GetParam());
  ssl_duplex both(d->stream());
  both.in().tie(&both.out());
  both.out() << "question\n";
  task peer([&] {
    EXPECT_EQ(d->peer().read_line(), "question");
    EXPECT_TRUE(d->peer().write("answer\n"));
  });
  std::string line;
  EXPECT_TRUE(std::getline(both.in(), line));
  EXPECT_EQ(line, "answer");
}

TEST_P(input_beside_output, performs_the_handshake_by_sync_if_something_was_written) {
  dialogue d(GetParam());
  task peer([&] {
    EXPECT_TRUE(d.peer().handshake()) << d.peer().error();
    EXPECT_EQ(d.peer().read_line(), "question");
  });
  EXPECT_EQ(d.stream().sync(), 0) << "there is nothing to send";
  d.stream() << "question\n";
  EXPECT_EQ(d.stream().sync(), 0);
}

// The state of the output belongs to those who write.
TEST_P(input_beside_output, fails_by_sync_without_changing_the_state_of_the_output) {
  const auto d = started(GetParam());
  ssl_duplex both(d->stream());
  both.out() << "question\n";
  d->stream().cancel();
  EXPECT_EQ(both.in().sync(), -1);
#ifndef _LIBCPP_VERSION  // libc++ returns before it sets the bit
  EXPECT_TRUE(both.in().bad());
#endif
  EXPECT_TRUE(both.out().good());
  EXPECT_FALSE(both.out().flush());
  EXPECT_EQ(d->stream().error(), ssl_errc::canceled);
}

// That of an istream elsewhere, such as cin, does not.
TEST_P(input_beside_output, fails_by_the_tie_of_another_istream_as_a_flush_does) {
  const auto d = started(GetParam());
  std::istringstream other("word");
  other.tie(&d->stream());
  d->stream() << "prompt";
  d->stream().cancel();
  std::string word;
  EXPECT_TRUE(other >> word);
  EXPECT_TRUE(d->stream().bad());
}

// What was written before cannot be sent any more, and must not make room for more.
TEST_P(input_beside_output, that_has_failed_for_good_lets_nothing_more_be_written) {
  const auto d = started(GetParam());
  ssl_duplex both(d->stream());
  both.out() << "remark\n";
  ASSERT_TRUE(d->peer().send_raw(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x')));
  EXPECT_EQ(both.in().get(), std::char_traits<char>::eof());
  EXPECT_FALSE(both.out().flush());
  both.out().clear();
  EXPECT_FALSE(both.out() << 'x');
}

// Calls a function at its first output.
class first_output : public std::streambuf {
 public:
  std::function<void()> call;

 protected:
  std::streamsize xsputn(const char*, std::streamsize size) override {
    if (call) std::exchange(call, nullptr)();
    return size;
  }
  int_type overflow(int_type c) override {
    const char character = traits_type::to_char_type(c);
    xsputn(&character, 1);
    return traits_type::not_eof(c);
  }
};

TEST_P(input_beside_output, lets_a_function_of_the_options_fail_that_writes_beside_a_flush) {
  first_output trace;
  std::ostream traced(&trace);
  dialogue d(GetParam(), [&](context_options& o) { o.message_trace = &traced; });
  d.handshake();
  ssl_duplex both(d.stream());
  event written, flushing;
  blocked_operation writer([&] {
    both.out() << "remark\n";
    written.happen();
    EXPECT_TRUE(flushing.wait());
    both.out().flush();
  });
  ASSERT_TRUE(written.wait());
  trace.call = [&] {
    flushing.happen();
    EXPECT_TRUE(writer.is_blocked());
    std::ostream other(both.out().rdbuf());
    EXPECT_FALSE(other << "what must not be written here");
  };
  ASSERT_TRUE(d.peer().write("y"));
  EXPECT_EQ(both.in().get(), 'y');
  EXPECT_FALSE(trace.call) << "there was no trace";
  writer.join();
}

}  // namespace
}  // namespace iostls
