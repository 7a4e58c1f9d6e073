// SPDX-License-Identifier: Apache-2.0
// Transports that break their promises: that ends their connection, in time, and harms nothing else.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "memory_transport.hpp"
#include "task.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

using move = std::function<io_result(std::size_t size, const std::function<io_result()>& right)>;

// Does what is right, but for what a test replaces.
class odd_transport : public transport {
 public:
  odd_transport(std::unique_ptr<transport> inner, const std::atomic<bool>& odd)
      : inner_(std::move(inner)), odd_(odd) {}

  io_result read_some(void* data, std::size_t size) override {
    return done(on_read, size, [&] { return inner_->read_some(data, size); });
  }
  io_result write_some(const void* data, std::size_t size) override {
    return done(on_write, size, [&] { return inner_->write_some(data, size); });
  }
  std::error_code wait(event what, time_point deadline) override {
    earliest = std::min(earliest, deadline);
    if (odd_) ++calls_while_odd;
    if (odd_ && on_wait) return on_wait();
    return inner_->wait(what, deadline);
  }
  io_result wait_and_read(void* data, std::size_t size, time_point deadline) override {
    return done(on_wait_and_read, size,
                [&] { return transport::wait_and_read(data, size, deadline); });
  }
  io_result write_or_wait(const void* data, std::size_t size, time_point deadline) override {
    earliest = std::min(earliest, deadline);
    return done(on_write_or_wait, size,
                [&] { return transport::write_or_wait(data, size, deadline); });
  }
  void shutdown_write() noexcept override { inner_->shutdown_write(); }
  void cancel() noexcept override { inner_->cancel(); }
  std::error_code close() noexcept override { return inner_->close(); }

  move on_read, on_write, on_wait_and_read, on_write_or_wait;
  std::function<std::error_code()> on_wait;
  time_point earliest = (time_point::max)();  // of the deadlines
  std::atomic<int> calls_while_odd{0};

 private:
  io_result done(const move& oddity, std::size_t size, const std::function<io_result()>& right) {
    if (odd_) ++calls_while_odd;
    return odd_ && oddity ? oddity(size, right) : right();
  }

  const std::unique_ptr<transport> inner_;
  const std::atomic<bool>& odd_;
};

struct oddity {
  const char* name;
  std::function<void(odd_transport&)> befall;
};

void PrintTo(const oddity& o, std::ostream* out) { *out << o.name; }

move always(const io_result& r) {
  return [r](std::size_t, const std::function<io_result()>&) { return r; };
}
const io_result nothing{};
const io_result not_now{0, std::make_error_code(std::errc::operation_would_block)};
const io_result interrupted{0, std::make_error_code(std::errc::interrupted)};

// A connection with a peer that answers each line, whose transport may become odd at some time.
class odd_connection {
 public:
  odd_connection(const oddity& o, const connection_options& own) {
    memory_pair ends = memory_pipe();
    auto transport = std::make_unique<odd_transport>(std::move(ends.a), odd);
    o.befall(*transport);
    beneath = transport.get();
    stream = std::make_unique<ssl_client_stream>(std::move(transport), context(), own);
    peer_ = std::make_unique<ssl_server_stream>(std::move(ends.b), server_options());
    answering_ = std::make_unique<task>([this] {
      for (std::string line; std::getline(*peer_, line);) *peer_ << line << std::endl;
    });
  }
  ~odd_connection() {
    stream.reset();
    peer_->cancel();
  }

  bool answers() {
    std::string line;
    return *stream << "are you there?" << std::endl && std::getline(*stream, line) &&
           line == "are you there?";
  }

  std::atomic<bool> odd{false};
  odd_transport* beneath = nullptr;  // the stream's
  std::unique_ptr<ssl_client_stream> stream;

 private:
  static const ssl_context& context() {
    static const ssl_context instance = ssl_context::client(client_options());
    return instance;
  }

  std::unique_ptr<ssl_server_stream> peer_;
  std::unique_ptr<task> answering_;
};

// A peer that waits is not waited for.
connection_options hasty() {
  connection_options o;
  o.close_timeout = milliseconds(20);
  return o;
}

connection_options brief() {
  connection_options o;
  o.handshake_timeout = o.read_timeout = o.write_timeout = milliseconds(300);
  o.close_timeout = milliseconds(100);
  return o;
}

void refuse_all(odd_transport& t) {
  t.on_wait = [] { return std::error_code(); };
}

std::vector<oddity> idlers() {
  return {
      {"writes_nothing", [](odd_transport& t) { t.on_write = always(nothing); }},
      {"writes_nothing_and_does_not_wait",
       [](odd_transport& t) {
         t.on_write = always(nothing);
         refuse_all(t);
       }},
      {"writes_nothing_by_itself", [](odd_transport& t) { t.on_write_or_wait = always(nothing); }},
      {"would_block_writing_by_itself",
       [](odd_transport& t) { t.on_write_or_wait = always(not_now); }},
      {"is_interrupted_writing",
       [](odd_transport& t) { t.on_write_or_wait = always(interrupted); }},
      {"reads_nothing_and_does_not_wait",
       [](odd_transport& t) {
         t.on_read = always(not_now);
         refuse_all(t);
       }},
      {"would_block_reading_by_itself",
       [](odd_transport& t) { t.on_wait_and_read = always(not_now); }},
      {"is_interrupted_reading",
       [](odd_transport& t) { t.on_wait_and_read = always(interrupted); }},
      {"is_out_of_time_at_once", [](odd_transport& t) {
         t.on_read = always(not_now);
         t.on_write = always(not_now);
         t.on_wait = [] { return std::make_error_code(std::errc::timed_out); };
       }}};
}

class idle_transport : public testing::TestWithParam<oddity> {};

// Counted in calls and not in processor time, so that a slow machine is not taken for a loop that
// spins: such a loop makes hundreds of thousands of calls in the time that these streams have.
void expect_few_calls(const odd_connection& c) { EXPECT_LT(c.beneath->calls_while_odd, 5000); }

TEST_P(idle_transport, ends_a_handshake_in_time_without_spinning) {
  odd_connection c(GetParam(), brief());
  c.odd = true;
  EXPECT_THROW(c.stream->do_handshake(), ssl_error);
  EXPECT_EQ(c.stream->error(), ssl_errc::timed_out);
  c.stream->close();
  expect_few_calls(c);
}

TEST_P(idle_transport, ends_a_dialogue_in_time_without_spinning) {
  odd_connection c(GetParam(), brief());
  EXPECT_TRUE(c.answers());
  c.odd = true;
  EXPECT_FALSE(c.answers());
  EXPECT_TRUE(c.stream->bad());
  EXPECT_EQ(c.stream->error(), ssl_errc::timed_out);
  c.stream->close();
  expect_few_calls(c);
}

TEST_P(idle_transport, is_left_by_cancel) {
  if (std::string(GetParam().name) == "is_out_of_time_at_once") return;
  odd_connection c(GetParam(), hasty());
  EXPECT_TRUE(c.answers());
  c.odd = true;
  task talking([&] { EXPECT_FALSE(c.answers()); });
  c.stream->cancel();
  talking.join();
  EXPECT_EQ(c.stream->error(), ssl_errc::canceled);
}

INSTANTIATE_TEST_SUITE_P(, idle_transport, testing::ValuesIn(idlers()),
                         [](const auto& info) { return info.param.name; });

io_result too_many(std::size_t size, const std::function<io_result()>&) { return {size + 1, {}}; }
io_result boundless(std::size_t, const std::function<io_result()>&) {
  return {static_cast<std::size_t>(-1), {}};
}
io_result throwing(std::size_t, const std::function<io_result()>&) {
  throw std::runtime_error("a mistake");
}
io_result throwing_a_number(std::size_t, const std::function<io_result()>&) { throw 42; }
io_result out_of_memory(std::size_t, const std::function<io_result()>&) { throw std::bad_alloc(); }
io_result unknown(std::size_t, const std::function<io_result()>&) {
  return {0, std::error_code(12345, std::generic_category())};
}

std::vector<oddity> breakers() {
  std::vector<oddity> all;
  struct kind {
    const char* name;
    move m;
  };
  static const std::vector<std::string> kept = [] {
    std::vector<std::string> names;
    for (const char* what :
         {"too_many", "boundless", "throwing", "throwing_a_number", "out_of_memory", "unknown"}) {
      for (const char* where :
           {"reading", "writing", "waiting_and_reading", "writing_or_waiting"}) {
        names.push_back(std::string(what) + "_" + where);
      }
    }
    return names;
  }();
  std::size_t i = 0;
  for (const move& m : {move(too_many), move(boundless), move(throwing), move(throwing_a_number),
                        move(out_of_memory), move(unknown)}) {
    for (move odd_transport::*where :
         {&odd_transport::on_read, &odd_transport::on_write, &odd_transport::on_wait_and_read,
          &odd_transport::on_write_or_wait}) {
      all.push_back({kept[i++].c_str(), [m, where](odd_transport& t) { t.*where = m; }});
    }
  }
  return all;
}

class broken_transport : public testing::TestWithParam<oddity> {};

TEST_P(broken_transport, fails_a_handshake) {
  odd_connection c(GetParam(), hasty());
  c.odd = true;
  EXPECT_THROW(c.stream->do_handshake(), ssl_error);
  EXPECT_EQ(c.stream->error(), ssl_errc::system_error) << c.stream->error().message();
  c.stream->close();
}

TEST_P(broken_transport, fails_a_dialogue) {
  odd_connection c(GetParam(), hasty());
  EXPECT_TRUE(c.answers());
  c.odd = true;
  EXPECT_FALSE(c.answers());
  EXPECT_TRUE(c.stream->bad());
  EXPECT_FALSE(c.stream->eof());
  EXPECT_EQ(c.stream->error(), ssl_errc::system_error) << c.stream->error().message();
}

TEST_P(broken_transport, is_closed) {
  odd_connection c(GetParam(), hasty());
  EXPECT_TRUE(c.answers());
  c.odd = true;
  *c.stream << "the rest";
  c.stream->close();
  EXPECT_FALSE(c.stream->is_open());
}

INSTANTIATE_TEST_SUITE_P(, broken_transport, testing::ValuesIn(breakers()),
                         [](const auto& info) { return info.param.name; });

TEST(odd_transport, is_told_by_name_where_it_miscounts) {
  odd_connection c({"", [](odd_transport& t) { t.on_write = too_many; }}, hasty());
  c.odd = true;
  EXPECT_THROW(c.stream->do_handshake(), ssl_error);
  const std::string words = c.stream->last_error()->what();
  EXPECT_NE(words.find("the transport is broken"), std::string::npos) << words;
}

// The difference between a deadline and now has to fit, since transports compute it.
TEST(odd_transport, gets_deadlines_that_it_can_subtract_from) {
  memory_pair ends = memory_pipe();
  const std::string answer("\x16\x03\x03\0\x04\x0e\0\0\0", 9);  // ServerHelloDone comes too early
  EXPECT_EQ(ends.b->write_some(answer.data(), answer.size()).count, answer.size());
  const std::atomic<bool> odd{false};
  auto transport = std::make_unique<odd_transport>(std::move(ends.a), odd);
  const odd_transport& used = *transport;
  ssl_client_stream stream(std::move(transport), ssl_context::client(client_options()), hasty());
  EXPECT_THROW(stream.rdbuf()->do_handshake(), ssl_error);
  EXPECT_LT(used.earliest, steady_clock::now());
  EXPECT_GE(used.earliest, steady_clock::time_point());
}

// As std::cerr is tied to std::cout, whose buffer may be the connection's.
TEST(odd_transport, may_write_to_a_log_that_is_tied_to_its_stream) {
  std::ostringstream log;
  const move logs = [&](std::size_t, const std::function<io_result()>& right) {
    log << "reading" << std::endl;
    return right();
  };
  odd_connection c({"", [&](odd_transport& t) { t.on_read = logs; }}, hasty());
  EXPECT_TRUE(c.answers());
  log.tie(c.stream.get());
  c.odd = true;
  EXPECT_EQ(c.stream->rdbuf()->in_avail(), 0);
  EXPECT_NE(log.str(), "");
  EXPECT_TRUE(c.answers()) << c.stream->error().message();
  c.odd = false;
}

// It is asked for input under the connection's lock here.
TEST(odd_transport, that_uses_its_own_stream_is_refused) {
  std::iostream* own = nullptr;
  const move writes = [&](std::size_t, const std::function<io_result()>&) {
    *own << "a line for the log";
    return not_now;
  };
  odd_connection c({"", [&](odd_transport& t) { t.on_read = writes; }}, hasty());
  own = c.stream.get();
  EXPECT_TRUE(c.answers());
  c.odd = true;
  EXPECT_EQ(c.stream->rdbuf()->in_avail(), 0);
  EXPECT_TRUE(c.stream->bad());
  EXPECT_EQ(c.stream->error(), std::errc::resource_deadlock_would_occur);
  c.odd = false;
}

TEST(odd_transport, may_be_interrupted_and_may_count_beside_an_error) {
  const move every_other_time = [n = 0](std::size_t,
                                        const std::function<io_result()>& right) mutable {
    if (++n % 2 == 0) return interrupted;
    io_result r = right();
    if (r.count != 0) r.error = not_now.error;
    return r;
  };
  odd_connection c({"",
                    [&](odd_transport& t) {
                      t.on_read = t.on_write = t.on_wait_and_read = t.on_write_or_wait =
                          every_other_time;
                    }},
                   hasty());
  c.odd = true;
  EXPECT_TRUE(c.answers());
  EXPECT_TRUE(c.answers());
  c.stream->close();
  EXPECT_TRUE(c.stream->good());
}

}  // namespace
}  // namespace test
}  // namespace iostls
