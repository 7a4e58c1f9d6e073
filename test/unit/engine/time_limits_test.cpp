// SPDX-License-Identifier: Apache-2.0
// Which deadlines come of timeouts and of expires_after(), the extreme ones included: no value means
// anything but itself.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "memory_transport.hpp"
#include "task.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using time_point = steady_clock::time_point;

constexpr time_point never = (time_point::max)();
const hours century(24 * 365 * 100);

// Keeps the latest deadline of either direction, and the earliest one.
class watched_transport : public transport {
 public:
  explicit watched_transport(std::unique_ptr<transport> inner) : inner_(std::move(inner)) {}

  io_result read_some(void* data, std::size_t size) override {
    return inner_->read_some(data, size);
  }
  io_result write_some(const void* data, std::size_t size) override {
    return inner_->write_some(data, size);
  }
  std::error_code wait(event what, time_point deadline) override {
    return inner_->wait(what, deadline);
  }
  io_result wait_and_read(void* data, std::size_t size, time_point deadline) override {
    reading = deadline;
    earliest = std::min(earliest, deadline);
    if (ends) return {};
    return inner_->wait_and_read(data, size, never);
  }
  io_result write_or_wait(const void* data, std::size_t size, time_point deadline) override {
    writing = deadline;
    earliest = std::min(earliest, deadline);
    return inner_->write_or_wait(data, size, never);
  }
  void shutdown_write() noexcept override { inner_->shutdown_write(); }
  void cancel() noexcept override { inner_->cancel(); }
  std::error_code close() noexcept override { return inner_->close(); }

  time_point reading, writing, earliest = never;
  bool ends = false;

 private:
  const std::unique_ptr<transport> inner_;
};

// What is expected of a deadline, counted from when the operation began.
struct limit {
  const char* name;
  milliseconds value;
  std::function<bool(time_point deadline, time_point began)> holds;
};

void PrintTo(const limit& l, std::ostream* out) { *out << l.name; }

bool none(time_point deadline, time_point) { return deadline == never; }
bool at_once(time_point deadline, time_point began) { return deadline <= began + seconds(5); }
bool in_a_century(time_point deadline, time_point began) {
  return deadline >= began + century && deadline < began + century + hours(1);
}
bool in_an_hour(time_point deadline, time_point began) {
  return deadline >= began + hours(1) && deadline < began + hours(2);
}

std::vector<limit> limits() {
  return {{"longest", (milliseconds::max)(), none},
          {"almost_the_longest", (milliseconds::max)() - milliseconds(1), none},
          {"longest_that_a_clock_can_tell",
           std::chrono::duration_cast<milliseconds>(steady_clock::duration::max()), none},
          {"century", century, in_a_century},
          {"hour", hours(1), in_an_hour}};
}

class deadlines : public testing::TestWithParam<limit> {
 protected:
  void connect(const std::function<void(connection_options&)>& change) {
    memory_pair ends = memory_pipe();
    auto transport = std::make_unique<watched_transport>(std::move(ends.a));
    transport_ = transport.get();
    connection_options own;
    own.handshake_timeout = own.close_timeout = milliseconds(0);
    change(own);
    static const ssl_context context = ssl_context::client(client_options());
    stream_ = std::make_unique<ssl_client_stream>(std::move(transport), context, own);
    peer_ = std::make_unique<ssl_server_stream>(std::move(ends.b), server_options());
    answering_ = std::make_unique<task>([this] {
      for (std::string line; std::getline(*peer_, line);) *peer_ << line << std::endl;
      peer_->close();
    });
    began_ = steady_clock::now();
  }
  ~deadlines() override {
    if (stream_) transport_->ends = true;  // the peer stays
    stream_.reset();
    peer_->cancel();
  }

  void talk() {
    std::string line;
    EXPECT_TRUE(*stream_ << "hello" << std::endl && std::getline(*stream_, line));
  }
  bool holds(time_point deadline) const { return GetParam().holds(deadline, began_); }

  watched_transport* transport_ = nullptr;
  std::unique_ptr<ssl_client_stream> stream_;
  std::unique_ptr<ssl_server_stream> peer_;
  std::unique_ptr<task> answering_;
  time_point began_;
};

INSTANTIATE_TEST_SUITE_P(, deadlines, testing::ValuesIn(limits()),
                         [](const auto& info) { return info.param.name; });

TEST_P(deadlines, of_handshakes) {
  connect([](connection_options& o) { o.handshake_timeout = GetParam().value; });
  stream_->do_handshake();
  EXPECT_TRUE(holds(transport_->reading));
  EXPECT_TRUE(holds(transport_->writing));
}

TEST_P(deadlines, of_reading) {
  connect([](connection_options& o) { o.read_timeout = GetParam().value; });
  talk();
  EXPECT_TRUE(holds(transport_->reading));
  EXPECT_TRUE(none(transport_->writing, began_));
}

TEST_P(deadlines, of_writing) {
  connect([](connection_options& o) { o.write_timeout = GetParam().value; });
  talk();
  EXPECT_TRUE(holds(transport_->writing));
  EXPECT_TRUE(none(transport_->reading, began_));
}

TEST_P(deadlines, of_closing_whatever_expires) {
  for (const seconds expiry : {seconds(-1), seconds(0), seconds(1)}) {
    connect([](connection_options& o) { o.close_timeout = GetParam().value; });
    talk();
    *stream_ << "the rest";
    stream_->expires_after(expiry);
    transport_->ends = true;
    stream_->close();
    EXPECT_TRUE(stream_->good());
    stream_->clear();
    EXPECT_TRUE(holds(transport_->reading));
    EXPECT_TRUE(holds(transport_->writing));
    stream_.reset();
    peer_->cancel();
    answering_->join();
  }
}

TEST_P(deadlines, of_the_handshake_that_closing_performs_whatever_expires) {
  connect([](connection_options& o) { o.close_timeout = GetParam().value; });
  stream_->expires_after(seconds(1));
  stream_->close();
  EXPECT_TRUE(stream_->good());
  EXPECT_TRUE(holds(transport_->earliest));
}

TEST_P(deadlines, of_everything) {
  connect([](connection_options&) {});
  stream_->expires_after(GetParam().value);
  talk();
  EXPECT_TRUE(holds(transport_->reading));
  EXPECT_TRUE(holds(transport_->writing));
  EXPECT_TRUE(holds(stream_->expiry()));
}

// Those of other units, too: an overflow would make them negative.
TEST(deadlines_of_other_units, are_as_long_as_they_say) {
  ssl_client_stream s;
  s.expires_after((hours::max)());
  EXPECT_EQ(s.expiry(), never);
  s.expires_after(std::chrono::duration<double>(1e30));
  EXPECT_EQ(s.expiry(), never);
  s.expires_after((hours::min)());
  EXPECT_LE(s.expiry(), steady_clock::now());
  s.expires_after(century);
  EXPECT_TRUE(in_a_century(s.expiry(), steady_clock::now() - seconds(1)));
  s.expires_after(std::chrono::duration<double>(3600.5));
  EXPECT_TRUE(in_an_hour(s.expiry(), steady_clock::now() - seconds(1)));
  connection_options o;
  o.read_timeout = (hours::max)();
  EXPECT_EQ(o.read_timeout.value(), (milliseconds::max)());
  o.read_timeout = (seconds::max)();
  EXPECT_EQ(o.read_timeout.value(), (milliseconds::max)());
  o.read_timeout = seconds(5);
  EXPECT_EQ(o.read_timeout.value(), milliseconds(5000));
  o.write_timeout = (hours::min)();
  EXPECT_EQ(o.write_timeout.value(), (milliseconds::min)());
}

class deadline_of_the_past : public deadlines {};

INSTANTIATE_TEST_SUITE_P(, deadline_of_the_past,
                         testing::Values(limit{"shortest", (milliseconds::min)(), at_once},
                                         limit{"negative", milliseconds(-1), at_once},
                                         limit{"zero", milliseconds(0), at_once}),
                         [](const auto& info) { return info.param.name; });

TEST_P(deadline_of_the_past, expires_at_once) {
  connect([](connection_options&) {});
  talk();
  stream_->expires_after(GetParam().value);
  EXPECT_TRUE(holds(stream_->expiry()));
  EXPECT_NE(stream_->expiry(), never);
  talk();  // by a transport that takes no notice
  EXPECT_TRUE(holds(transport_->reading));
  EXPECT_TRUE(holds(transport_->writing));
}

TEST_P(deadline_of_the_past, may_be_before_the_clock_began) {
  connect([](connection_options&) {});
  talk();
  for (const time_point past : {(time_point::min)(), time_point(), time_point(seconds(-1))}) {
    stream_->expires_at(past);
    talk();
    EXPECT_EQ(transport_->reading, past);
  }
}

TEST_P(deadline_of_the_past, is_refused_as_a_timeout_if_it_is_negative) {
  connect([](connection_options&) {});
  if (GetParam().value.count() == 0) return;
  for (setting<milliseconds> connection_options::*option :
       {&connection_options::handshake_timeout, &connection_options::read_timeout,
        &connection_options::write_timeout, &connection_options::close_timeout}) {
    context_options o = client_options();
    o.*option = GetParam().value;
    EXPECT_THROW(ssl_context::client(o), ssl_error);
  }
}

}  // namespace
}  // namespace test
}  // namespace iostls
