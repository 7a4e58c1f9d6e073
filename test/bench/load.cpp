// SPDX-License-Identifier: Apache-2.0
// COUNT busy connections, each with a thread at both ends: the client sends 16 KiB and reads them
// back, for half a second. Prints what all of them move together, one way.
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

// What the clients and the one who measures them share.
class race {
 public:
  explicit race(std::size_t clients) : awaited_(clients) {}

  // A client waits here until all have come and it is started. Sleeping, all of them: threads that
  // look at the clock now and then would be what is measured.
  void be_ready() {
    std::unique_lock<std::mutex> l(mutex_);
    if (--awaited_ == 0) change_.notify_all();
    change_.wait(l, [this] { return started_; });
  }

  void await_all() {
    std::unique_lock<std::mutex> l(mutex_);
    change_.wait(l, [this] { return awaited_ == 0; });
  }

  void begin() {
    const std::lock_guard<std::mutex> l(mutex_);
    started_ = true;
    change_.notify_all();
  }

  std::atomic<bool> stop{false};
  std::atomic<std::size_t> blocks{0};

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  std::size_t awaited_;
  bool started_ = false;
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

void play(bench::peer& p, unsigned short port, race& all, std::size_t number) {
  const auto e = p.connect(port);
  e->handshake();
  std::vector<char> sent(block_size, static_cast<char>(number));
  std::vector<char> got(block_size);
  exchange(*e, sent, got, 0);
  all.be_ready();
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
  race all(a.count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i != a.count; ++i) {
    threads.push_back(start([&p, port, &all, i] { play(p, port, all, i); }));
    std::shared_ptr<end> e = p.accept();
    threads.push_back(start([e] { echo(e); }));
  }
  all.await_all();
  all.begin();
  const bench::stopwatch watch;
  std::this_thread::sleep_for(duration);
  all.stop = true;
  const double seconds = watch.elapsed().seconds;
  const double megabytes = static_cast<double>(all.blocks * block_size) / 1e6;
  for (std::thread& t : threads) t.join();
  return {{"megabytes_per_second", megabytes / seconds}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, run); }
