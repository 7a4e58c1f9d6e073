// SPDX-License-Identifier: Apache-2.0
// One way: bulk (blocks of 64 KiB; COUNT is in MiB), lines (formatted numbers), getline (60 bytes
// each), endl (the same, each flushed; or with a reader that is slower than the writer, or faster, as one of
// them works on each line). The client reads, and checks all that it gets.
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include "measure.hpp"

namespace {

using bench::end;

constexpr std::size_t block_size = 64 * 1024;

[[noreturn]] void wrong(const std::string& what) {
  throw std::runtime_error("the receiver got something else: " + what);
}

// Numbered in its first bytes.
std::vector<char> make_block() {
  std::vector<char> block(block_size);
  unsigned state = 1;
  for (char& c : block) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return block;
}

void number_block(std::vector<char>& block, std::size_t number) {
  std::memcpy(block.data(), &number, sizeof number);
}

// Its parent's number is asked for by nobody else: it marks the transfer where system calls are traced.
void mark() { static_cast<void>(getppid()); }

void write_blocks(end& e, std::size_t count) {
  std::vector<char> block = make_block();
  mark();
  for (std::size_t i = 0; i != count; ++i) {
    number_block(block, i);
    e.write(block.data(), block.size());
  }
  e.flush();
  mark();
}

void read_blocks(end& e, std::size_t count) {
  std::vector<char> expected = make_block();
  std::vector<char> got(block_size);
  mark();
  for (std::size_t i = 0; i != count; ++i) {
    number_block(expected, i);
    if (e.read(got.data(), got.size()) != got.size() || got != expected) wrong("a block");
  }
  mark();
}

void write_numbers(end& e, std::size_t count) {
  std::ostream& out = *e.out();
  for (std::size_t i = 0; i != count; ++i) out << i << ' ' << 3 * i << '\n';
  out.flush();
}

void read_numbers(end& e, std::size_t count) {
  std::istream& in = *e.in();
  std::size_t a = 0;
  std::size_t b = 0;
  for (std::size_t i = 0; i != count; ++i) {
    if (!(in >> a >> b) || a != i || b != 3 * i) wrong("numbers");
  }
}

std::string line_of(std::size_t number) {
  std::string line = std::to_string(number);
  line.resize(59, 'x');
  return line;
}

// Four microseconds or so, the same for all peers: more than a line takes otherwise.
void work_on(const std::string& line) {
  volatile unsigned sink = 0;
  unsigned state = static_cast<unsigned char>(line[0]);
  for (int i = 0; i != 4096; ++i) state = state * 1664525 + 1013904223;
  sink = state;
  static_cast<void>(sink);
}

// As many different ones as there are at a time: making them should not be what is measured.
std::vector<std::string> make_lines() {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i != 1024; ++i) lines.push_back(line_of(i));
  return lines;
}

void write_lines(end& e, std::size_t count) {
  const std::vector<std::string> lines = make_lines();
  std::ostream& out = *e.out();
  for (std::size_t i = 0; i != count; ++i) out << lines[i % lines.size()] << '\n';
  out.flush();
}

template <bool Works>
void write_flushed_lines(end& e, std::size_t count) {
  const std::vector<std::string> lines = make_lines();
  for (std::size_t i = 0; i != count; ++i) {
    const std::string& line = lines[i % lines.size()];
    if (Works) work_on(line);
    e.send_line(line);
  }
}

template <bool Works>
void read_lines(end& e, std::size_t count) {
  const std::vector<std::string> lines = make_lines();
  std::istream& in = *e.in();
  std::string line;
  for (std::size_t i = 0; i != count; ++i) {
    if (!getline(in, line) || line != lines[i % lines.size()]) wrong("a line");
    if (Works) work_on(line);
  }
}

// For those that have no istream, too.
template <bool Works>
void read_flushed_lines(end& e, std::size_t count) {
  if (e.in() != nullptr) return read_lines<Works>(e, count);
  std::string all;
  const std::vector<std::string> lines = make_lines();
  std::vector<char> got(lines[0].size() + 1);
  for (std::size_t i = 0; i != count; ++i) {
    all = lines[i % lines.size()] + '\n';
    if (e.read(got.data(), got.size()) != got.size() ||
        all.compare(0, all.npos, got.data(), got.size()) != 0) {
      wrong("a line");
    }
    if (Works) work_on(all);
  }
}

struct workload {
  const char* name;
  void (*write)(end&, std::size_t);
  void (*read)(end&, std::size_t);
  std::size_t per_count;
};

constexpr workload workloads[] = {
    {"bulk", write_blocks, read_blocks, 1024 * 1024 / block_size},
    {"lines", write_numbers, read_numbers, 1},
    {"getline", write_lines, read_lines<false>, 1},
    {"endl", write_flushed_lines<false>, read_flushed_lines<false>, 1},
    {"endl_slower_reader", write_flushed_lines<false>, read_flushed_lines<true>, 1},
    {"endl_faster_reader", write_flushed_lines<true>, read_flushed_lines<false>, 1},
};

bench::values run(const bench::arguments& a, bench::peer& p) {
  for (const workload& w : workloads) {
    if (a.workload != w.name) continue;
    const std::size_t items = a.count * w.per_count;
    const bench::cost c = measure_pair(
        p, a.one_cpu, [&](end& e) { w.write(e, items); }, [&](end& e) { w.read(e, items); });
    return {{"per_second", static_cast<double>(a.count) / c.seconds},
            {"cpu_seconds", c.cpu_seconds / static_cast<double>(a.count)}};
  }
  throw std::runtime_error("no workload is called " + a.workload);
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, run); }
