// SPDX-License-Identifier: Apache-2.0
// A stretch of network between two ends, which can be made slow, lumpy and short-lived.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "descriptor.hpp"

namespace iostls {
namespace test {

class relay {
 public:
  // One way through it. Settings may be changed at any time; they hold for all that is sent after the
  // call.
  class direction {
   public:
    // After so many bytes in all, both connections end: with a FIN, or with a reset.
    void cut_after(std::uint64_t bytes) { limit(bytes, false); }
    void reset_after(std::uint64_t bytes) { limit(bytes, true); }
    // Waits so long before each piece that it forwards.
    void delay(std::chrono::milliseconds each);
    // Forwards pieces of at most so many bytes.
    void split(std::size_t size);
    // Stops forwarding, so that the sender's buffers fill up; and goes on.
    void hold();
    void release();
    // The bytes that were forwarded.
    std::uint64_t bytes() const;
    // Waits until so many were; false if they did not come in time.
    bool wait_for(std::uint64_t bytes,
                  std::chrono::milliseconds limit = std::chrono::seconds(10)) const;

   private:
    friend class relay;
    struct step {
      bool proceed = false;
      bool reset = false;
      std::size_t size = 0;
    };
    void settle(std::unique_lock<std::mutex>& hold);
    void limit(std::uint64_t bytes, bool reset);
    bool exhausted() const;
    bool has_input(int from) const;
    step next(int from);
    void forwarded(std::size_t size);
    void stop();

    mutable std::mutex lock_;
    mutable std::condition_variable changed_;
    std::uint64_t bytes_ = 0;
    std::uint64_t limit_ = UINT64_MAX;
    std::chrono::milliseconds delay_{0};
    std::size_t piece_ = 65536;
    bool reset_ = false;
    bool held_ = false;
    bool stopped_ = false;
    bool moving_ = false;  // a piece is between its sender and its receiver
  };

  // Two TCP connections on the loopback interface, joined in the middle.
  explicit relay(int receive_buffer = 0);
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;
  ~relay();

  // The outer ends, to be taken once.
  descriptor take_left() { return std::move(left_.a); }
  descriptor take_right() { return std::move(right_.a); }

  direction& to_right() { return to_right_; }
  direction& to_left() { return to_left_; }

  // Ends both connections now.
  void cut() { end(false); }
  void reset() { end(true); }

 private:
  void forward(direction& way, const descriptor& from, const descriptor& to);
  void end(bool reset);

  descriptor_pair left_, right_;
  direction to_right_, to_left_;
  std::mutex end_lock_;
  std::thread right_thread_, left_thread_;
};

}  // namespace test
}  // namespace iostls
