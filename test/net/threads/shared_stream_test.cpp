// SPDX-License-Identifier: Apache-2.0
// One stream, a thread that reads and threads that write: what chat, IRC, RPC and game servers do. The
// threads that write lock among themselves; the one that reads takes that lock only to answer.
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "sanitizers.hpp"

// asio's stream writes to its error code from both sides, which ThreadSanitizer would report.
#if __has_include(<asio.hpp>) && !IOSTLS_TEST_TSAN
#include <asio.hpp>
#define HAS_ASIO 1
#endif

#include "blocked_operation.hpp"
#include "dialogue.hpp"
#include "event.hpp"

namespace iostls {
namespace {

using namespace test;

// How a line gets into the stream, and when it is sent.
using line_writer = std::function<void(std::ostream&, const std::string&)>;

void write_and_flush(std::ostream& out, const std::string& line) {
  out << line << '\n' << std::flush;
}
void write_with_endl(std::ostream& out, const std::string& line) { out << line << std::endl; }
void write_by_characters(std::ostream& out, const std::string& line) {
  for (const char c : line) out.put(c);
  out.put('\n').flush();
}
void write_without_flush(std::ostream& out, const std::string& line) { out << line << '\n'; }

// The program: everything that it does with the stream is what it would do with a plain one.
class chat_client {
 public:
  chat_client(std::iostream& stream, line_writer writer)
      : stream_(stream), writer_(std::move(writer)) {}

  // Answers each "PING n" by "PONG n", until "bye"; counts the other lines.
  void read_and_answer(const line_writer& answer) {
    std::string line;
    while (getline(stream_, line) && line != "bye") {
      if (line.compare(0, 5, "PING ") == 0) {
        const std::lock_guard<std::mutex> l(writing_);
        answer(stream_, "PONG " + line.substr(5));
      } else {
        ++others_;
      }
    }
    EXPECT_EQ(line, "bye");
  }

  void chatter(const std::string& name, int lines) {
    for (int i = 0; i != lines; ++i) {
      const std::lock_guard<std::mutex> l(writing_);
      writer_(stream_, name + ' ' + std::to_string(i));
    }
    const std::lock_guard<std::mutex> l(writing_);
    stream_ << name << " done" << std::endl;
  }

  int others() const { return others_; }

 private:
  std::iostream& stream_;
  line_writer writer_;
  std::mutex writing_;
  int others_ = 0;
};

// The peer's view: what came from whom, and whether anything else did.
class chat_peer {
 public:
  using reader = std::function<std::string()>;
  using sender = std::function<void(const std::string&)>;
  chat_peer(reader read_line, sender send)
      : read_line_(std::move(read_line)), send_(std::move(send)) {}

  void run(int pings, const std::vector<std::string>& names, int lines) {
    for (int i = 0; i != pings; ++i) {
      send_("news\nPING " + std::to_string(i) + "\n");
      while (!is_pong(i)) {
      }
    }
    while (!all_done(names)) take_line();
    for (const std::string& name : names) EXPECT_EQ(next_[name], lines) << name;
    send_("bye\n");
  }

 private:
  bool is_pong(int n) {
    const std::string line = take_line();
    return failed_ || line == "PONG " + std::to_string(n);
  }

  std::string take_line() {
    const std::string line = read_line_();
    const std::size_t space = line.find(' ');
    failed_ = failed_ || space == std::string::npos;
    EXPECT_FALSE(failed_) << "not a line of the program: \"" << line << '"';
    const std::string name = line.substr(0, space);
    if (failed_ || name == "PONG") return line;
    const std::string rest = line.substr(space + 1);
    if (rest == "done") {
      ++done_;
    } else {
      EXPECT_EQ(rest, std::to_string(next_[name]++)) << name;
    }
    return line;
  }

  bool all_done(const std::vector<std::string>& names) { return failed_ || done_ == names.size(); }

  reader read_line_;
  sender send_;
  std::map<std::string, int> next_;
  std::size_t done_ = 0;
  bool failed_ = false;
};

constexpr int pings = 300;
constexpr int chat_lines = 500;
const std::vector<std::string> names{"anna", "bert", "cleo"};

void expect_chat(std::iostream& stream, const line_writer& writer, const line_writer& answer,
                 const std::function<void()>& peer) {
  chat_client client(stream, writer);
  task other_end(peer);
  std::vector<std::unique_ptr<task>> writers;
  for (const std::string& name : names) {
    writers.push_back(
        std::make_unique<task>([&client, name] { client.chatter(name, chat_lines); }));
  }
  client.read_and_answer(answer);
  EXPECT_EQ(client.others(), pings);
  for (auto& w : writers) w->join();
  other_end.join();
}

class shared_stream : public testing::TestWithParam<variant> {
 protected:
  void expect_tls_chat(const line_writer& writer, const line_writer& answer) {
    const auto d = started(GetParam());
    expect_chat(d->stream(), writer, answer, [&] {
      chat_peer([&] { return d->peer().read_line(); },
                [&](const std::string& text) { EXPECT_TRUE(d->peer().write(text)); })
          .run(pings, names, chat_lines);
    });
    EXPECT_FALSE(d->stream().error());
  }
};

INSTANTIATE_TEST_SUITE_P(, shared_stream, all_variants(), variant_name);

TEST_P(shared_stream, serves_a_reader_beside_writers_that_flush) {
  expect_tls_chat(write_and_flush, write_and_flush);
}

TEST_P(shared_stream, serves_a_reader_beside_writers_that_use_endl) {
  expect_tls_chat(write_with_endl, write_with_endl);
}

TEST_P(shared_stream, serves_a_reader_beside_writers_of_single_characters) {
  expect_tls_chat(write_by_characters, write_by_characters);
}

// Reading sends what the same thread has written, also where other threads write after that.
TEST_P(shared_stream, sends_the_answers_of_the_reader_before_it_waits) {
  expect_tls_chat(write_and_flush, write_without_flush);
}

TEST_P(shared_stream, sends_the_answers_of_the_reader_beside_writers_that_do_not_flush) {
  expect_tls_chat(write_without_flush, write_without_flush);
}

#ifdef HAS_ASIO
// The same program on a plain stream: what the ones above are compared with.
TEST(shared_plain_stream, serves_a_reader_beside_writers) {
  tcp_listener listener("127.0.0.1");
  asio::ip::tcp::iostream client("127.0.0.1", std::to_string(listener.port()));
  asio::ip::tcp::iostream peer;
  peer.socket().assign(asio::ip::tcp::v4(), listener.accept());
  client.socket().set_option(asio::ip::tcp::no_delay(true));
  peer.socket().set_option(asio::ip::tcp::no_delay(true));
  expect_chat(client, write_and_flush, write_and_flush, [&] {
    const auto read_line = [&] {
      std::string line;
      getline(peer, line);
      return line;
    };
    chat_peer(read_line, [&](const std::string& text) {
      peer << text << std::flush;
    }).run(pings, names, chat_lines);
  });
}
#endif

// The request of a thread that reads is in the area when another thread adds to it.
TEST_P(shared_stream, sends_a_request_although_another_thread_has_written_since) {
  const auto d = started(GetParam());
  task peer([&] {
    EXPECT_EQ(d->peer().read_line(), "question");
    EXPECT_TRUE(d->peer().write("answer\n"));
    EXPECT_EQ(d->peer().read_line(), "remark");
  });
  d->stream() << "question\n";
  task([&] { d->stream() << "remark\n"; }).join();
  std::string line;
  EXPECT_TRUE(getline(d->stream(), line));
  EXPECT_EQ(line, "answer");
  task([&] { d->stream() << std::flush; }).join();
}

// The thread that reads next is not the one that has read at the login.
TEST_P(shared_stream, sends_a_request_although_its_former_reader_has_written_since) {
  const auto d = started(GetParam());
  task peer([&] {
    EXPECT_TRUE(d->peer().write("welcome\n"));
    EXPECT_EQ(d->peer().read_line(), "question");
    EXPECT_TRUE(d->peer().write("answer\n"));
  });
  std::string welcome;
  EXPECT_TRUE(getline(d->stream(), welcome));
  event asked;
  event remarked;
  task reader([&] {
    d->stream() << "question\n";
    asked.happen();
    EXPECT_TRUE(remarked.wait());
    std::string line;
    EXPECT_TRUE(getline(d->stream(), line));
    EXPECT_EQ(line, "answer");
  });
  EXPECT_TRUE(asked.wait());
  d->stream() << "remark\n";
  remarked.happen();
  reader.join();
}

// Output of a size that is encrypted at once does not stay in the area, but is not sent either.
TEST_P(shared_stream, sends_a_large_request_although_another_thread_has_written_since) {
  const auto d = started(GetParam());
  const std::string request = std::string(40000, 'q') + '\n';
  task peer([&] {
    EXPECT_EQ(d->peer().read_line().size(), request.size() - 1);
    EXPECT_TRUE(d->peer().write("answer\n"));
  });
  d->stream() << request;
  task([&] { d->stream() << "remark\n"; }).join();
  std::string line;
  EXPECT_TRUE(getline(d->stream(), line));
  EXPECT_EQ(line, "answer");
}

// What another thread has not flushed is not sent by one that reads: the peer may not take it before
// it has been read from.
TEST_P(shared_stream, reads_on_while_a_writer_waits_for_the_peer) {
  const auto d = started(GetParam());
  const std::string text = numbered_text(8 << 20);
  task peer([&] {  // takes nothing before all of its own is taken
    EXPECT_TRUE(d->peer().write(text + "\n"));
    EXPECT_EQ(d->peer().read_exactly(text.size()).size(), text.size());
  });
  task writer([&] { EXPECT_TRUE(d->stream() << text << std::flush); });
  std::string received(text.size() + 1, '\0');
  EXPECT_TRUE(d->stream().read(&received[0], static_cast<std::streamsize>(received.size())));
  EXPECT_TRUE(received == text + "\n");
  writer.join();
}

// The reader has answered without flushing, so that it would send; the writer is sending already.
TEST_P(shared_stream, does_not_wait_for_a_writer_before_it_reads) {
  const auto d = started(GetParam());
  const std::string text = numbered_text(8 << 20);
  std::mutex writing;
  event answered;
  task peer([&] {
    EXPECT_TRUE(d->peer().write("PING\n"));
    EXPECT_TRUE(d->peer().write(text + "\n"));
    EXPECT_EQ(d->peer().read_line(), "PONG");
    EXPECT_EQ(d->peer().read_exactly(text.size()).size(), text.size());
  });
  task writer([&] {
    EXPECT_TRUE(answered.wait());
    const std::lock_guard<std::mutex> l(writing);
    EXPECT_TRUE(d->stream() << text << std::flush);
  });
  std::string line;
  EXPECT_TRUE(getline(d->stream(), line));
  {
    const std::lock_guard<std::mutex> l(writing);
    d->stream() << "PONG\n";
  }
  answered.happen();
  std::string received(text.size() + 1, '\0');
  EXPECT_TRUE(d->stream().read(&received[0], static_cast<std::streamsize>(received.size())));
  writer.join();
}

// The first thread logs in, and hands on the reading while it has input left.
TEST_P(shared_stream, may_be_read_by_another_thread_than_before) {
  const auto d = started(GetParam());
  task peer([&] {
    EXPECT_TRUE(d->peer().write("welcome\nfirst\nsecond\n"));
    for (int i = 0; i != 100; ++i) EXPECT_EQ(d->peer().read_line(), "line");
    EXPECT_TRUE(d->peer().write("third\n"));
  });
  std::string welcome;
  EXPECT_TRUE(getline(d->stream(), welcome));
  task reader([&] {
    for (const char* expected : {"first", "second", "third"}) {
      std::string line;
      EXPECT_TRUE(getline(d->stream(), line));
      EXPECT_EQ(line, expected);
    }
  });
  for (int i = 0; i != 100; ++i) d->stream() << "line" << std::endl;
  reader.join();
}

TEST_P(shared_stream, is_closed_by_a_writer_while_another_thread_reads) {
  const auto d = started(GetParam());
  std::string received;
  task peer([&] {
    received = d->peer().read_to_end();
    d->peer().close_notify();
    d->peer().close();
  });
  blocked_operation reader([&] {
    std::string line;
    EXPECT_FALSE(getline(d->stream(), line));
  });
  ASSERT_TRUE(reader.is_blocked());
  d->stream() << "last words";
  d->stream().rdbuf()->close();
  reader.join();
  peer.join();
  EXPECT_EQ(received, "last words");
  EXPECT_FALSE(d->stream().is_open());
}

// A thread that accepts greets the client, and gives the stream to a thread that serves it.
void greet_and_move(const std::function<ssl_server_stream(ssl_server_stream&&)>& move) {
  const auto talk = started({role::server, tls_version::tls1_3},
                            [](context_options& o) { o.read_timeout = std::chrono::seconds(5); });
  auto& accepted = dynamic_cast<ssl_server_stream&>(talk->stream());
  accepted << "220 ready\n";
  task serving([stream = std::make_shared<ssl_server_stream>(move(std::move(accepted)))] {
    std::string command;
    EXPECT_TRUE(getline(*stream, command)) << stream->error().message();
    EXPECT_EQ(command, "QUIT");
    *stream << "221 bye" << std::endl;
  });
  EXPECT_EQ(talk->peer().read_line(), "220 ready");
  EXPECT_TRUE(talk->peer().write("QUIT\n"));
  EXPECT_EQ(talk->peer().read_line(), "221 bye");
  talk->answer_close();
}

TEST(a_stream_given_to_another_thread, sends_what_was_written_before) {
  greet_and_move([](ssl_server_stream&& s) { return std::move(s); });
}

TEST(a_stream_given_to_another_thread, by_assignment_sends_what_was_written_before) {
  greet_and_move([](ssl_server_stream&& s) {
    ssl_server_stream assigned;
    assigned = std::move(s);
    return assigned;
  });
}

TEST(a_stream_given_to_another_thread, by_swapping_sends_what_was_written_before) {
  greet_and_move([](ssl_server_stream&& s) {
    ssl_server_stream other;
    swap(other, s);
    return other;
  });
}

TEST(a_moved_stream, sends_a_request_though_another_thread_has_written_since) {
  const auto talk = started({role::client, tls_version::tls1_3},
                            [](context_options& o) { o.read_timeout = std::chrono::seconds(5); });
  auto& first = dynamic_cast<ssl_client_stream&>(talk->stream());
  first << "question\n";
  ssl_client_stream stream(std::move(first));
  task([&] { stream << "chatter\n"; }).join();
  task answering([&] {
    EXPECT_EQ(talk->peer().read_line(), "question");
    EXPECT_TRUE(talk->peer().write("answer\n"));
  });
  std::string line;
  EXPECT_TRUE(getline(stream, line)) << stream.error().message();
  EXPECT_EQ(line, "answer");
  answering.join();
  talk->answer_close();
}

}  // namespace
}  // namespace iostls
