// SPDX-License-Identifier: Apache-2.0
// COUNT kept connections, each with a thread at both ends: the client sends a request of WORKLOAD bytes, and
// reads a response of as many, for half a second, as with HTTP/1.1: a head of lines, and the rest is the body.
// Prints what all of them do together, and how long a client waits for its response.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "race.hpp"

namespace {

using bench::end;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds duration(500);
constexpr std::size_t number_size = 8;

// Begins with eight digits' room for a number behind the first word.
std::string message(const std::string& first, std::size_t size) {
  const std::string head = first + std::string(number_size, '0') +
                           " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n";
  const std::string length = "Content-Length: ";
  const std::size_t fixed = head.size() + length.size() + 4 + 4;  // four digits, two ends of lines
  if (size < fixed || size - fixed > 9999) throw std::runtime_error("of how many bytes?");
  std::string digits = std::to_string(size - fixed);
  digits.insert(0, 4 - digits.size(), '0');
  return head + length + digits + "\r\n\r\n" + std::string(size - fixed, '.');
}

void put_number(std::string& text, std::size_t at, std::size_t number) {
  const std::string digits = std::to_string(10000000 + number % 10000000);
  text.replace(at, number_size, digits);
}

const std::string get = "GET /";
const std::string ok = "OK ";

// Until the client ends.
void answer(end& e, std::size_t size) {
  std::string request(size, ' ');
  std::string response = message(ok, size);
  while (e.read(&request[0], size) == size) {
    response.replace(ok.size(), number_size, request, get.size(), number_size);
    e.write(response.data(), size);
    e.flush();
  }
}

class client {
 public:
  client(end& e, std::size_t size)
      : end_(e), request_(message(get, size)), expected_(message(ok, size)), got_(size, ' ') {}

  void ask(std::size_t number) {
    put_number(request_, get.size(), number);
    put_number(expected_, ok.size(), number);
    end_.write(request_.data(), request_.size());
    end_.flush();
    if (end_.read(&got_[0], got_.size()) != got_.size() || got_ != expected_) {
      throw std::runtime_error("the response is to something else");
    }
  }

 private:
  end& end_;
  std::string request_;
  std::string expected_;
  std::string got_;
};

double microseconds(clock::duration d) {
  return std::chrono::duration<double, std::micro>(d).count();
}

// The value below which this part of them is.
double quantile(std::vector<double>& all, double part) {
  const auto at = static_cast<std::size_t>(part * static_cast<double>(all.size() - 1));
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at), all.end());
  return all[at];
}

bench::values run(const bench::arguments& a, bench::peer& p) {
  const std::size_t size = std::stoul(a.workload);
  bench::race race(a.count);
  std::mutex mutex;
  std::vector<double> waits;
  const auto play = [&](end& e, std::size_t number) {
    client c(e, size);
    std::vector<double> own;
    own.reserve(200000);  // no memory is wanted in between
    c.ask(number);
    race.be_ready();
    for (std::size_t i = 1; !race.stop; ++i) {
      const clock::time_point began = clock::now();
      c.ask(number + i);
      if (!race.stop) own.push_back(microseconds(clock::now() - began));
    }
    const std::lock_guard<std::mutex> l(mutex);
    waits.insert(waits.end(), own.begin(), own.end());
  };
  const bench::cost c = run_race(
      p, race, a.count, duration, [size](end& e) { answer(e, size); }, play);
  if (waits.empty()) throw std::runtime_error("no response in time");
  const auto number = static_cast<double>(waits.size());
  return {{"requests_per_second", number / c.seconds},
          {"p50_microseconds", quantile(waits, 0.5)},
          {"p99_microseconds", quantile(waits, 0.99)},
          {"cpu_microseconds", 1e6 * c.cpu_seconds / number}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, run); }
