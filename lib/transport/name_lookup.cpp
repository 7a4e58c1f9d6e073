// SPDX-License-Identifier: Apache-2.0
#include "transport/name_lookup.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/immortal.hpp"
#include "openssl/error.hpp"
#include "system/cancellation.hpp"
#include "system/descriptor_wait.hpp"
#include "system/owned_descriptor.hpp"
#include "system/socket_address.hpp"
#include "system/sockets.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

using std::chrono::steady_clock;
using time_point = steady_clock::time_point;

// The codes of getaddrinfo(3).
class resolver_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  // The system's message for an unknown service talks about socket types.
  std::string message(int code) const override {
    return code == EAI_SERVICE ? "unknown service" : gai_strerror(code);
  }
};

std::error_code resolver_code(int code, int error) {
  return code == EAI_SYSTEM ? system_code(error)
                            : std::error_code(code, immortal<resolver_category>());
}

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
  int flags = 0;
};

std::string place_of(const question& q) { return host_and_port(shown_host(q.host), q.service); }

struct answer {
  address_list found{nullptr, &freeaddrinfo};
  int code = 0;
  int error = 0;  // errno, if the code is EAI_SYSTEM
};

answer resolve(const question& q, int more_flags = 0) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = q.flags | more_flags;
  const no_cancellation uncanceled;  // the resolver would leak its resources
  addrinfo* found = nullptr;
  answer a;
  a.code =
      getaddrinfo(q.host.empty() ? nullptr : q.host.c_str(), q.service.c_str(), &hints, &found);
  a.error = errno;
  if (a.code == 0) a.found.reset(found);
  return a;
}

address_list checked(answer a, const question& q) {
  if (a.code == 0) return std::move(a.found);
  throw make_error(resolver_code(a.code, a.error), q.operation, place_of(q));
}

void check(const question& q) {
  int code = 0;
  if (q.host.find('\0') != std::string::npos) {
    code = EAI_NONAME;
  } else if (!is_possible_service(q.service)) {
    code = EAI_SERVICE;
  }
  if (code == 0) return;
  throw make_error(resolver_code(code, 0), q.operation, place_of(q));
}

// How many look-ups have a thread. A forked process does not inherit these threads.
std::atomic<int> running{0};
constexpr int most_running = 64;

const int registered = pthread_atfork(nullptr, nullptr, [] { running = 0; });

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

// Shared by the waiting thread and the one that looks up; the last of them destroys it. At its end,
// the look-up writes to the descriptor and closes it.
struct job {
  question asked;
  place running;
  owned_descriptor done;
  std::mutex mutex;  // for the end of the look-up
  answer result;
};

// Keeps signals of the process from being handled on a thread that the program does not know.
class signals_blocked {
 public:
  signals_blocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

void run(job& j) noexcept {
  answer found = resolve(j.asked);
  // Under the lock, so that the waiting thread finds everything closed.
  const std::lock_guard<std::mutex> l(j.mutex);
  j.result = std::move(found);
  // Closing is not enough: a forked process may keep the descriptor open, so that its end would not
  // be seen. SIGPIPE is blocked here.
  const char c = 0;
  static_cast<void>(!::write(j.done.get(), &c, 1));
  j.done.close();
}

// False if the system has no more threads.
bool start(const std::shared_ptr<job>& j) {
  const signals_blocked blocked;
  try {
    std::thread([j] { run(*j); }).detach();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

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
    const std::error_code failed = wait_for_descriptor(-1, 0, next, wake);
    if (failed != ssl_errc::timed_out || steady_clock::now() >= deadline) give_up(failed, q);
  }
}

address_list look_up_beside(const question& q, time_point deadline, int wake) {
  const auto j = std::make_shared<job>();
  j->asked = q;
  wait_for_place(j->running, q, deadline, wake);
  int ends[2] = {-1, -1};
  if (!open_pipe(ends)) give_up(system_code(errno), q);
  const owned_descriptor done(ends[0]);
  j->done = owned_descriptor(ends[1]);
  if (!start(j)) return checked(resolve(q), q);
  if (const std::error_code failed = wait_for_descriptor(done.get(), POLLIN, deadline, wake)) {
    give_up(failed, q);
  }
  const std::lock_guard<std::mutex> l(j->mutex);
  return checked(std::move(j->result), q);
}

}  // namespace

address_list look_up(const std::string& host, const std::string& service, time_point deadline,
                     int wake) {
  const question q{host, service, "connect"};
  check(q);
  answer numbers = resolve(q, AI_NUMERICHOST | AI_NUMERICSERV);
  if (numbers.code == 0) return std::move(numbers.found);
  const bool may_last = deadline == (time_point::max)() && wake < 0;
  return may_last ? checked(resolve(q), q) : look_up_beside(q, deadline, wake);
}

address_list look_up_own(const std::string& host, const std::string& service) {
  const question q{host, service, "listen", AI_PASSIVE};
  check(q);
  return checked(resolve(q), q);
}

}  // namespace detail
}  // namespace iostls
