// SPDX-License-Identifier: Apache-2.0
#include "transport/name_lookup.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/lazy_instance.hpp"
#include "openssl/error.hpp"
#include "system/descriptor_wait.hpp"
#include "system/detached_thread.hpp"
#include "system/of_each_process.hpp"
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

// A look-up on a thread of its own, which all who ask for the same wait for. The last of them destroys it.
struct job {
  explicit job(question q) : asked(std::move(q)) {}

  const question asked;
  std::mutex mutex;  // for the rest
  int waiting = 0;   // `done` is open if there are any
  wake_pipe done;
  lookup_result result;
};

// The look-ups that have a thread. A forked process does not inherit these threads.
struct running_lookups {
  using name = std::pair<std::string, std::string>;  // host and service
  using by_name = std::map<name, std::shared_ptr<job>>;

  std::mutex mutex;
  by_name all;
};

running_lookups& running() {
  static lazy_instance<of_each_process<running_lookups>> each;  // threads outlive the other statics
  return each.get().get();
}

// So many names whose name servers are silent leave no thread for another one. That of this machine needs no
// name server.
constexpr std::size_t most_running = 128;

bool may_begin(const running_lookups& running, const question& q) {
  return running.all.size() < most_running || q.host == "localhost";
}

// Nobody could handle a lack of memory here.
void run(running_lookups& running, running_lookups::by_name::iterator place) noexcept {
  const std::shared_ptr<job> j = place->second;
  lookup_result found = resolve(j->asked);
  {
    const std::lock_guard<std::mutex> l(running.mutex);
    running.all.erase(place);
  }
  const std::lock_guard<std::mutex> l(j->mutex);
  j->result = std::move(found);
  if (j->waiting != 0) j->done.wake();
}

// Under the lock. Whatever goes wrong, no look-up without a thread is left among those that run.
bool begin(running_lookups& running, const running_lookups::name& key, std::shared_ptr<job> fresh) {
  const auto place = running.all.emplace(key, std::move(fresh)).first;
  bool has_thread = false;
  try {
    has_thread = start_detached([&running, place] { run(running, place); });
  } catch (...) {
    running.all.erase(place);
    throw;
  }
  if (!has_thread) running.all.erase(place);
  return has_thread;
}

// One of the waiting threads. The last one closes the descriptors, whatever the look-up does.
class job_wait {
 public:
  explicit job_wait(std::shared_ptr<job> j) : job_(std::move(j)) {
    const std::lock_guard<std::mutex> l(job_->mutex);
    if (job_->waiting == 0 && !job_->done.open()) throw_system_fault(job_->asked);
    ++job_->waiting;
  }
  job_wait(const job_wait&) = delete;
  job_wait& operator=(const job_wait&) = delete;
  ~job_wait() {
    const std::lock_guard<std::mutex> l(job_->mutex);
    if (--job_->waiting == 0) job_->done.close();
  }

  std::error_code end(time_point deadline, int wake) const {
    return wait_for_descriptor(job_->done.fd(), transport::event::readable, deadline, wake);
  }

  lookup_result result() const {
    const std::lock_guard<std::mutex> l(job_->mutex);
    return job_->result;
  }

 private:
  [[noreturn]] static void throw_system_fault(const question& q) {
    throw make_error(system_code(errno), q.operation, place_of(q));
  }

  const std::shared_ptr<job> job_;
};

// What came of an attempt to wait beside a look-up: null if there may be no further one, or no thread.
struct attempt {
  std::unique_ptr<job_wait> waiting;
  bool lacks_thread = false;
};

// Under the lock: a look-up that is found there has not ended for those that begin to wait.
attempt join_or_begin(running_lookups& running, const question& q) {
  const std::lock_guard<std::mutex> l(running.mutex);
  const running_lookups::name key(q.host, q.service);
  const auto known = running.all.find(key);
  if (known != running.all.end()) return {std::make_unique<job_wait>(known->second)};
  if (!may_begin(running, q)) return {};
  const auto fresh = std::make_shared<job>(q);
  auto waiting = std::make_unique<job_wait>(fresh);
  if (begin(running, key, fresh)) return {std::move(waiting)};
  return {nullptr, true};
}

[[noreturn]] void give_up(std::error_code why, const question& q, const std::string& hint) {
  if (why == std::errc::operation_canceled) why = ssl_errc::canceled;
  throw make_error(why, q.operation, place_of(q) + (why == ssl_errc::timed_out ? ": " + hint : ""));
}

// Until a look-up may have ended.
void wait_for_turn(const question& q, time_point deadline, int wake) {
  constexpr std::chrono::milliseconds interval(10);
  const time_point next = std::min(deadline, steady_clock::now() + interval);
  const std::error_code failed = wait_for_wake(next, wake);
  if (failed != ssl_errc::timed_out || steady_clock::now() >= deadline) {
    give_up(
        failed, q,
        std::to_string(most_running) +
            " look-ups of other names are waiting for their name servers, which is the maximum");
  }
}

endpoints look_up_beside(const question& q, time_point deadline, int wake) {
  running_lookups& all = running();
  for (;;) {
    const attempt a = join_or_begin(all, q);
    if (a.lacks_thread) return checked(resolve(q), q);
    if (a.waiting == nullptr) {
      wait_for_turn(q, deadline, wake);
    } else if (const std::error_code failed = a.waiting->end(deadline, wake)) {
      give_up(failed, q, "no answer from the name servers (see resolv.conf)");
    } else {
      return checked(a.waiting->result(), q);
    }
  }
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
