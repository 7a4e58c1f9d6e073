// SPDX-License-Identifier: Apache-2.0
// COUNT busy connections, each with a thread at both ends: the client sends 16 KiB and reads them
// back, for half a second. Tells what all of them move together, one way.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "measure.hpp"

namespace {

using bench::end;

constexpr std::size_t block_size = 16 * 1024;
constexpr std::chrono::milliseconds duration(500);

struct shared {
  std::atomic<bool> go{false};
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> blocks{0};
  std::atomic<std::size_t> ready{0};
};

// Until the client ends.
void echo(const std::shared_ptr<end>& e) {
  std::vector<char> block(block_size);
  e->handshake();
  while (e->read(block.data(), block_size) == block_size) {
    e->write(block.data(), block_size);
    e->flush();
  }
  e->finish();
}

void exchange(end& e, std::vector<char>& sent, std::vector<char>& got, std::size_t number) {
  std::memcpy(sent.data(), &number, sizeof number);
  e.write(sent.data(), block_size);
  e.flush();
  if (e.read(got.data(), block_size) != block_size || got != sent) {
    throw std::runtime_error("the block that came back is another one");
  }
}

void play(bench::peer& p, unsigned short port, shared& all, std::size_t number) {
  const auto e = p.connect(port);
  e->handshake();
  std::vector<char> sent(block_size, static_cast<char>(number));
  std::vector<char> got(block_size);
  exchange(*e, sent, got, 0);
  ++all.ready;
  while (!all.go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (std::size_t i = 1; !all.stop; ++i) {
    exchange(*e, sent, got, i);
    if (!all.stop) ++all.blocks;
  }
  e->finish();
}

template <class Work>
std::thread start(Work work) {
  return std::thread([work]() mutable {
    try {
      work();
    } catch (const std::exception& e) {
      std::cerr << e.what() << std::endl;
      std::_Exit(1);
    }
  });
}

bench::values run(const bench::arguments& a, bench::peer& p) {
  bench::run_anywhere();
  const unsigned short port = p.listen();
  shared all;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i != a.count; ++i) {
    threads.push_back(start([&p, port, &all, i] { play(p, port, all, i); }));
    std::shared_ptr<end> e = p.accept();
    threads.push_back(start([e] { echo(e); }));
  }
  while (all.ready != a.count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const bench::stopwatch watch;
  all.go = true;
  std::this_thread::sleep_for(duration);
  all.stop = true;
  const double megabytes = static_cast<double>(all.blocks * block_size) / 1e6;
  const double seconds = watch.elapsed().seconds;
  for (std::thread& t : threads) t.join();
  return {{"megabytes_per_second", megabytes / seconds}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, run); }
