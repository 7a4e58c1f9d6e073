// SPDX-License-Identifier: Apache-2.0
// How far a transfer has come, as a line on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <ostream>
#include <string>

namespace example {

// "1.4 GiB", "512 B"
std::string size_text(std::uint64_t bytes);

// Counts bytes from two threads. While it runs it rewrites one line, five times a second at most,
// and not in the first second: a short transfer shows none.
class transfer_meter {
 public:
  using clock = std::chrono::steady_clock;

  // `total`: how much there is to send, 0 if nobody knows.
  transfer_meter(std::ostream& out, bool show, std::uint64_t total);

  void sent(std::uint64_t bytes);
  void received(std::uint64_t bytes);

  // Leaves a last line, of the whole: "sent 10 bytes, received 2 bytes in 0.1 s (120 B/s)".
  void finish();

 private:
  void update();
  std::string line(double seconds) const;

  std::ostream& out_;
  const bool show_;
  const std::uint64_t total_;
  const clock::time_point begin_ = clock::now();
  clock::time_point next_ = begin_ + std::chrono::seconds(1);
  std::mutex mutex_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace example
