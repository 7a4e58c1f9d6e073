// SPDX-License-Identifier: Apache-2.0
// The main function of all test programs. Beyond what gtest_main does, a test fails if it leaves a
// descriptor open or something in OpenSSL's error queue, and one that hangs is ended with its name.
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "process.hpp"
#include "skipped_cases.hpp"

namespace {

// IOSTLS_TEST_TIME_LIMIT, in seconds, is for slow surroundings such as valgrind.
std::chrono::seconds time_limit() {
  const char* const text = std::getenv("IOSTLS_TEST_TIME_LIMIT");
  return std::chrono::seconds(text != nullptr ? std::atoi(text) : 30);
}

class watchdog : public testing::EmptyTestEventListener {
 public:
  watchdog() : limit_(time_limit()), thread_([this] { watch(); }) {}
  ~watchdog() override {
    {
      const std::lock_guard<std::mutex> hold(lock_);
      done_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  void OnTestStart(const testing::TestInfo& info) override {
    begin(std::string(info.test_suite_name()) + "." + info.name());
  }
  void OnTestEnd(const testing::TestInfo&) override { begin(""); }

 private:
  void begin(const std::string& test) {
    const std::lock_guard<std::mutex> hold(lock_);
    test_ = test;
    ++turn_;
    changed_.notify_all();
  }

  void watch() {
    std::unique_lock<std::mutex> hold(lock_);
    while (!done_) {
      const unsigned turn = turn_;
      const auto news = [&] { return done_ || turn_ != turn; };
      if (test_.empty()) {
        changed_.wait(hold, news);
      } else if (!changed_.wait_for(hold, limit_, news)) {
        std::fprintf(stderr, "\n[  HANGS   ] %s: no end after %ld s\n", test_.c_str(),
                     static_cast<long>(limit_.count()));
        std::abort();
      }
    }
  }

  const std::chrono::seconds limit_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::string test_;
  unsigned turn_ = 0;
  bool done_ = false;
  std::thread thread_;  // the last member, as it uses the others
};

// What cannot be shown on this system.
class skipping : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo& info) override {
    const std::string reason =
        iostls::test::reason_to_skip(std::string(info.test_suite_name()) + "." + info.name());
    if (!reason.empty()) skip(reason);
  }

 private:
  static void skip(const std::string& reason) { GTEST_SKIP() << reason; }
};

class leak_check : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo&) override {
    ERR_clear_error();
    before_ = iostls::test::open_descriptors();
  }

  void OnTestEnd(const testing::TestInfo&) override {
    for (const auto& open : iostls::test::open_descriptors()) {
      if (before_.count(open.first) == 0) {
        ADD_FAILURE() << "left open: descriptor " << open.first << ", " << open.second;
      }
    }
    while (const unsigned long code = ERR_get_error()) {
      char text[256];
      ERR_error_string_n(code, text, sizeof text);
      ADD_FAILURE() << "left in OpenSSL's error queue: " << text;
    }
  }

 private:
  std::map<int, std::string> before_;
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  listeners.Append(new watchdog);
  listeners.Append(new leak_check);
  listeners.Append(new skipping);
  return RUN_ALL_TESTS();
}
