// SPDX-License-Identifier: Apache-2.0
// A context that is told to read its files again while others make streams of it.
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;

constexpr int threads = 8;
constexpr int reloads = 1000;

// Keeps the threads that connect from leaving no time for reloading: each connects again when so
// many reloads have been made meanwhile.
class pace {
 public:
  void advance() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++round_;
    }
    changed_.notify_all();
  }

  // Returns false once the last reload has been made.
  bool wait(int& seen) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return round_ >= seen + step || round_ == reloads; });
    seen = round_;
    return round_ != reloads;
  }

 private:
  static constexpr int step = 4;

  std::mutex mutex_;
  std::condition_variable changed_;
  int round_ = 0;
};

class reloading : public testing::Test {
 protected:
  reloading() {
    write(0);
    server_.certificate = dir_ / "server.pem";
    client_.server_name = "localhost";
    client_.ca_file = dir_ / "ca.pem";
  }

  // Every third round leaves broken files behind.
  bool write(int round) const {
    const bool broken = round % 3 == 2;
    const std::string root = test_authority().certificate();
    dir_.write("server.pem", broken ? localhost().certificate + "-----BEGIN PRIVATE KEY-----\nMII\n"
                                    : (round % 3 == 0 ? localhost() : other_).both());
    dir_.write("ca.pem", broken ? "no certificate" : round % 3 == 0 ? root : root + stranger_);
    return !broken;
  }

  // Whether the context takes what there is now, and only if it is valid.
  static bool reloads_rightly(const ssl_context& context, bool valid) {
    try {
      context.reload();
      return valid;
    } catch (const ssl_error& e) {
      return !valid && e.code() == ssl_errc::bad_credentials;
    }
  }

  const temp_dir dir_;
  const issued other_ = test_authority().leaf();
  const std::string stranger_ = authority("Stranger").certificate();
  context_options server_, client_;
};

TEST_F(reloading, disturbs_no_handshake_of_eight_threads) {
  const ssl_context server = ssl_context::server(server_);
  const ssl_context client = ssl_context::client(client_);
  pace reloaded;
  std::atomic<int> handshakes{0}, failed{0};

  const auto answer = [&](tcp_listener& listener) {
    std::string line;
    do {
      ssl_server_stream s(listener.accept(), server);
      if (!std::getline(s, line) || !(s << line << std::endl)) ++failed;
      s.close();
    } while (line != "bye");
  };
  const auto ask = [&](const std::string& port) {
    std::string line;
    int round = 0;
    do {
      const std::string word = reloaded.wait(round) ? "hello" : "bye";
      ssl_client_stream s("127.0.0.1", port, client);
      line.clear();
      if (!(s << word << std::endl) || !std::getline(s, line) || line != word) {
        ++failed;
        ADD_FAILURE() << (s.last_error() != nullptr ? s.last_error()->what() : line);
      }
      s.close();
      ++handshakes;
    } while (line != "bye" && failed == 0);
  };

  std::vector<std::unique_ptr<tcp_listener>> listeners;
  std::vector<std::unique_ptr<task>> tasks;
  for (int i = 0; i < threads; ++i) {
    listeners.push_back(std::make_unique<tcp_listener>("127.0.0.1"));
    tcp_listener& listener = *listeners.back();
    tasks.push_back(std::make_unique<task>([&] { answer(listener); }));
    tasks.push_back(std::make_unique<task>([&] { ask(std::to_string(listener.port())); }));
  }
  for (int round = 1; round <= reloads; ++round) {
    const bool valid = write(round);
    EXPECT_TRUE(reloads_rightly(server, valid)) << round;
    EXPECT_TRUE(reloads_rightly(client, valid)) << round;
    reloaded.advance();
  }
  tasks.clear();
  EXPECT_EQ(failed, 0);
  EXPECT_GE(handshakes, 10 * threads);
}

}  // namespace
}  // namespace iostls
