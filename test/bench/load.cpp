// SPDX-License-Identifier: Apache-2.0
// COUNT busy connections, each with a thread at both ends: the client sends 16 KiB and reads them
// back, for half a second. Prints what all of them move together, one way.
#include <atomic>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "race.hpp"

namespace {

using bench::end;

constexpr std::size_t block_size = 16 * 1024;
constexpr std::chrono::milliseconds duration(500);

// Until the client ends.
void echo(end& e) {
  std::vector<char> block(block_size);
  while (e.read(block.data(), block_size) == block_size) {
    e.write(block.data(), block_size);
    e.flush();
  }
}

void exchange(end& e, std::vector<char>& sent, std::vector<char>& got, std::size_t number) {
  std::memcpy(sent.data(), &number, sizeof number);
  e.write(sent.data(), block_size);
  e.flush();
  if (e.read(got.data(), block_size) != block_size || got != sent) {
    throw std::runtime_error("the block that came back is another one");
  }
}

bench::values run(const bench::arguments& a, bench::peer& p) {
  bench::race all(a.count);
  std::atomic<std::size_t> blocks{0};
  const bench::cost c = run_race(p, all, a.count, duration, echo, [&](end& e, std::size_t number) {
    std::vector<char> sent(block_size, static_cast<char>(number));
    std::vector<char> got(block_size);
    exchange(e, sent, got, 0);
    all.be_ready();
    for (std::size_t i = 1; !all.stop; ++i) {
      exchange(e, sent, got, i);
      if (!all.stop) ++blocks;
    }
  });
  const double megabytes = static_cast<double>(blocks * block_size) / 1e6;
  return {{"megabytes_per_second", megabytes / c.seconds}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, run); }
