// SPDX-License-Identifier: Apache-2.0
#include "fake_resolver.hpp"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <new>
#include <thread>

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>

#include "numeric_resolver.hpp"
#include "process.hpp"

namespace {

using addresses = std::vector<std::string>;

struct names {
  std::mutex lock;
  std::condition_variable changed;
  std::map<std::string, addresses> known{{"nowhere.test", {}}};
  bool silent = false;
  std::size_t waiting = 0;
  bool takes_signals = false;
  void (*after_look_up)() = nullptr;
};

// Never destroyed: a look-up may be under way when the program ends. A fork waits until no thread holds
// the lock, which nobody would release in the child.
names& all() {
  static names* const instance = [] {
    static names* const made = new names;
    ::pthread_atfork([] { made->lock.lock(); }, [] { made->lock.unlock(); },
                     [] { made->lock.unlock(); });
    return made;
  }();
  return *instance;
}

int original(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  using function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto next = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return next == nullptr ? iostls::test::look_up_numbers(host, service, hints, result)
                         : next(host, service, hints, result);
}

// One after the other, as one list.
int answer(const addresses& hosts, const char* service, const addrinfo* hints, addrinfo** result) {
  *result = nullptr;
  addrinfo** end = result;
  for (const std::string& host : hosts) {
    const int code = original(host.c_str(), service, hints, end);
    if (code != 0) {
      ::freeaddrinfo(*result);
      return code;
    }
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return *result == nullptr ? EAI_NONAME : 0;
}

void wait_for_answer(std::unique_lock<std::mutex>& hold) {
  names& n = all();
  ++n.waiting;
  n.changed.notify_all();
  n.changed.wait(hold, [&] { return !n.silent; });
  --n.waiting;
  n.changed.notify_all();
}

// "silent.test", and names beneath it.
bool is_silent(const addresses& found) {
  static const std::string end = "silent.test";
  return found.size() == 1 && found[0].size() >= end.size() &&
         found[0].compare(found[0].size() - end.size(), end.size(), end) == 0;
}

bool takes_signals() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return sigismember(&blocked, SIGTERM) == 0;
}

int look_up(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  const bool numbers_only = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
  if (host == nullptr || numbers_only) return original(host, service, hints, result);
  addresses found = {host};
  void (*hook)() = nullptr;
  {
    names& n = all();
    std::unique_lock<std::mutex> hold(n.lock);
    n.takes_signals = takes_signals();
    const auto known = n.known.find(host);
    if (known != n.known.end()) found = known->second;
    if (is_silent(found)) {
      found = {"127.0.0.1"};
      if (n.silent) wait_for_answer(hold);
    }
    hook = n.after_look_up;
  }
  const int code = answer(found, service, hints, result);
  if (hook != nullptr) hook();
  return code;
}

}  // namespace

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  try {
    return look_up(host, service, hints, result);
  } catch (const std::bad_alloc&) {  // where a test lets memory run short
    return EAI_MEMORY;
  }
}

// Some C libraries declare that it throws nothing, and others do not.
extern "C" void freeaddrinfo(addrinfo* list) noexcept(noexcept(::freeaddrinfo(list))) {
  using function = void (*)(addrinfo*);
  static const auto next = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "freeaddrinfo"));
  next == nullptr ? iostls::test::free_numbers(list) : next(list);
}

namespace iostls {
namespace test {

named_addresses::named_addresses(std::string name, std::vector<std::string> addresses)
    : name_(std::move(name)) {
  const std::lock_guard<std::mutex> hold(all().lock);
  all().known[name_] = std::move(addresses);
}

named_addresses::~named_addresses() {
  const std::lock_guard<std::mutex> hold(all().lock);
  all().known.erase(name_);
}

silent_name_server::silent_name_server() : descriptors_(fd_count()) {
  const std::lock_guard<std::mutex> hold(all().lock);
  all().silent = true;
}

void silent_name_server::answer() {
  std::unique_lock<std::mutex> hold(all().lock);
  all().silent = false;
  all().changed.notify_all();
  all().changed.wait(hold, [] { return all().waiting == 0; });
}

silent_name_server::~silent_name_server() {
  answer();
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (fd_count() > descriptors_ && std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

bool silent_name_server::is_asked(std::size_t times) {
  std::unique_lock<std::mutex> hold(all().lock);
  return all().changed.wait_for(hold, std::chrono::seconds(10),
                                [&] { return all().waiting >= times; });
}

std::size_t silent_name_server::asked() {
  const std::lock_guard<std::mutex> hold(all().lock);
  return all().waiting;
}

void after_look_up(void (*hook)()) {
  const std::lock_guard<std::mutex> hold(all().lock);
  all().after_look_up = hook;
}

bool latest_look_up_takes_signals() {
  const std::lock_guard<std::mutex> hold(all().lock);
  return all().takes_signals;
}

}  // namespace test
}  // namespace iostls
