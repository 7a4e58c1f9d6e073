// SPDX-License-Identifier: Apache-2.0
#include "transport/name_lookup.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>

#include "openssl/error.hpp"
#include "system/descriptor_wait.hpp"
#include "system/detached_thread.hpp"
#include "system/fork_generation.hpp"
#include "system/wake_pipe.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

using std::chrono::steady_clock;
using time_point = steady_clock::time_point;
using endpoints = std::vector<endpoint>;

// getaddrinfo(3) accepts the same numbers as strtoul(3), with blanks and a sign. Some libraries cut
// larger ones down to 16 bits, and would connect to another port.
bool is_possible_service(const std::string& service) {
  if (service.find('\0') != std::string::npos) return false;
  char* end = nullptr;
  const unsigned long number = std::strtoul(service.c_str(), &end, 10);
  if (service.empty() || *end != '\0') return true;  // a name
  const bool is_plain = service.find_first_not_of("0123456789") == std::string::npos;
  return is_plain && service.size() <= 5 && number <= 65535;
}

struct question {
  std::string host, service;
  const char* operation;
  lookup what = lookup::names;
};

std::string place_of(const question& q) { return host_and_port(shown_host(q.host), q.service); }

lookup_result resolve(const question& q) { return resolve(q.host, q.service, q.what); }

endpoints checked(lookup_result r, const question& q) {
  if (!r.failure) return std::move(r.found);
  throw make_error(r.failure, q.operation, place_of(q));
}

void check(const question& q) {
  std::error_code fault;
  if (q.host.find('\0') != std::string::npos) {
    fault = unknown_host();
  } else if (!is_possible_service(q.service)) {
    fault = unknown_service();
  }
  if (fault) throw make_error(fault, q.operation, place_of(q));
}

// How many look-ups have a thread. A forked process does not inherit these threads.
std::atomic<int> running{0};
constexpr int most_running = 64;

const bool registered = call_in_forks([] { running = 0; });

class place {
 public:
  place() = default;
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place() {
    if (taken_) --running;
  }

  bool take() noexcept {
    static_cast<void>(registered);
    int n = running.load();
    while (!taken_ && n < most_running) taken_ = running.compare_exchange_weak(n, n + 1);
    return taken_;
  }

 private:
  bool taken_ = false;
};

// Shared by the waiting thread and the one that looks up; the last of them destroys it.
struct job {
  question asked;
  place running;
  std::mutex mutex;  // for the rest
  wake_pipe done;
  lookup_result result;
};

void run(job& j) noexcept {
  lookup_result found = resolve(j.asked);
  // Under the lock, so that the waiting thread has closed `done`, or waits until it may.
  const std::lock_guard<std::mutex> l(j.mutex);
  j.result = std::move(found);
  if (j.done.fd() >= 0) j.done.wake();
}

// The waiting thread's side. Its end closes the descriptors, whatever the look-up does.
class job_wait {
 public:
  explicit job_wait(job& j) noexcept : job_(j) {}
  job_wait(const job_wait&) = delete;
  job_wait& operator=(const job_wait&) = delete;
  ~job_wait() {
    const std::lock_guard<std::mutex> l(job_.mutex);
    job_.done.close();
  }

  std::error_code end(time_point deadline, int wake) const {
    return wait_for_descriptor(job_.done.fd(), transport::event::readable, deadline, wake);
  }

  lookup_result take() {
    const std::lock_guard<std::mutex> l(job_.mutex);
    return std::move(job_.result);
  }

 private:
  job& job_;
};

[[noreturn]] void give_up(std::error_code why, const question& q) {
  if (why == std::errc::operation_canceled) why = ssl_errc::canceled;
  const char* const hint =
      why == ssl_errc::timed_out ? ": no answer from the name servers (see resolv.conf)" : "";
  throw make_error(why, q.operation, place_of(q) + hint);
}

// Limits the number of threads that wait for silent name servers.
void wait_for_place(place& p, const question& q, time_point deadline, int wake) {
  constexpr std::chrono::milliseconds interval(10);
  while (!p.take()) {
    const time_point next = std::min(deadline, steady_clock::now() + interval);
    const std::error_code failed = wait_for_wake(next, wake);
    if (failed != ssl_errc::timed_out || steady_clock::now() >= deadline) give_up(failed, q);
  }
}

endpoints look_up_beside(const question& q, time_point deadline, int wake) {
  const auto j = std::make_shared<job>();
  j->asked = q;
  wait_for_place(j->running, q, deadline, wake);
  if (!j->done.open()) give_up(system_code(errno), q);
  job_wait waiting(*j);
  if (!start_detached([j] { run(*j); })) return checked(resolve(q), q);
  if (const std::error_code failed = waiting.end(deadline, wake)) give_up(failed, q);
  return checked(waiting.take(), q);
}

}  // namespace

endpoints look_up(const std::string& host, const std::string& service, time_point deadline,
                  int wake) {
  const question q{host, service, "connect"};
  check(q);
  lookup_result numbers = resolve(host, service, lookup::numbers);
  if (!numbers.failure) return std::move(numbers.found);
  const bool may_last = deadline == (time_point::max)() && wake < 0;
  return may_last ? checked(resolve(q), q) : look_up_beside(q, deadline, wake);
}

endpoints look_up_own(const std::string& host, const std::string& service) {
  const question q{host, service, "listen", lookup::own};
  check(q);
  return checked(resolve(q), q);
}

}  // namespace detail
}  // namespace iostls
