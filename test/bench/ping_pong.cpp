// SPDX-License-Identifier: Apache-2.0
// A line of 32 bytes goes to the server and back, COUNT times: between two threads (WORKLOAD line), or between
// two processes of one thread each (processes).
#include <stdexcept>
#include <string>

#include "measure.hpp"

namespace {

using bench::end;

void answer(end& e, std::size_t count) {
  std::string line;
  for (std::size_t i = 0; i != count; ++i) {
    e.read_line(line);
    e.send_line(line);
  }
}

void ask(end& e, std::size_t count) {
  std::string sent(31, '.');
  std::string line;
  for (std::size_t i = 0; i != count; ++i) {
    sent.replace(0, 8, std::to_string(10000000 + i % 10000000));
    e.send_line(sent);
    e.read_line(line);
    if (line != sent) throw std::runtime_error("the answer is not what was sent");
  }
}

bench::values run(const bench::arguments& a, bench::peer& p) {
  const auto measure = a.workload == "processes" ? bench::measure_processes : bench::measure_pair;
  const bench::cost c = measure(
      p, a.one_cpu, [&](end& e) { answer(e, a.count); }, [&](end& e) { ask(e, a.count); });
  return {{"microseconds", 1e6 * c.seconds / static_cast<double>(a.count)},
          {"cpu_microseconds", 1e6 * c.cpu_seconds / static_cast<double>(a.count)}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, run); }
