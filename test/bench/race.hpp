// SPDX-License-Identifier: Apache-2.0
// Many connections at a time, with a thread for each end.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "measure.hpp"

namespace bench {

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

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  std::size_t awaited_;
  bool started_ = false;
};

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

// Runs `clients` connections. Each client is given its number; it calls be_ready(), and ends soon after `stop`,
// which comes when `duration` has passed. Returns the cost from when all were ready up to then.
inline cost run_race(peer& p, race& all, std::size_t clients, std::chrono::milliseconds duration,
                     const activity& serve, const std::function<void(end&, std::size_t)>& play) {
  run_anywhere();
  const unsigned short port = p.listen();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i != clients; ++i) {
    threads.push_back(start([&p, port, &play, i] {
      const auto e = p.connect(port);
      e->handshake();
      play(*e, i);
      e->finish();
    }));
    std::shared_ptr<end> e = p.accept();
    threads.push_back(start([e, &serve] {
      e->handshake();
      serve(*e);  // until its input ends; after that, an iostream cannot finish()
    }));
  }
  all.await_all();
  const stopwatch watch;
  all.begin();
  std::this_thread::sleep_for(duration);
  all.stop = true;
  const cost c = watch.elapsed();
  for (std::thread& t : threads) t.join();
  return c;
}

}  // namespace bench
