// SPDX-License-Identifier: Apache-2.0
// Connects, does a handshake (full, or resumed, or full with the system's trust and a chain of three), reads a line and closes, COUNT times, one after the
// other. Each end closes in order: it sends close_notify and waits for that of the other, since
// closing earlier may destroy what is under way. Both ends run on one processor, so that a second is a second of work.
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include "measure.hpp"

namespace {

void close_in_order(bench::end& e) {
  e.finish();
  if (!e.reads_after_finish()) return;
  char c = 0;
  try {
    static_cast<void>(e.read(&c, 1));
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): an end that is told so
  }
}

void serve(bench::peer& p, std::size_t count) {
  for (std::size_t i = 0; i != count; ++i) {
    const auto e = p.accept();
    e->handshake();
    e->send_line("hello");
    close_in_order(*e);
  }
}

void visit(bench::peer& p, unsigned short port, bool resume, bool first) {
  const auto e = p.connect(port);
  e->handshake();
  std::string line;
  e->read_line(line);
  if (line != "hello") throw std::runtime_error("the server said " + line);
  if (resume && !first && !e->resumed()) throw std::runtime_error("a session was not resumed");
  if (resume) p.resume(*e);
  close_in_order(*e);
}

bench::values run(const bench::arguments& a, bench::peer& p) {
  const bool resume = a.workload == "resumed";
  if (!resume && a.workload != "full" && a.workload != "system") {
    throw std::runtime_error("full, resumed or system?");
  }
  constexpr std::size_t warm_up = 10;
  const unsigned short port = p.listen();
  std::thread server(serve, std::ref(p), a.count + warm_up);
  for (std::size_t i = 0; i != warm_up; ++i) visit(p, port, resume, i == 0);
  const bench::stopwatch watch;
  const double before = bench::thread_seconds();
  for (std::size_t i = 0; i != a.count; ++i) visit(p, port, resume, false);
  const double of_client = bench::thread_seconds() - before;
  const bench::cost c = watch.elapsed();
  server.join();
  return {{"per_second", static_cast<double>(a.count) / c.seconds},
          {"cpu_microseconds", 1e6 * c.cpu_seconds / static_cast<double>(a.count)},
          {"client_microseconds", 1e6 * of_client / static_cast<double>(a.count)}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, run); }
