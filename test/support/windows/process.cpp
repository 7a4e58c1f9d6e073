// SPDX-License-Identifier: Apache-2.0
// There is no fork(2): skipped_cases.cpp has the tests that want a child process.
#include "process.hpp"

#include <stdexcept>

#include "winsock.hpp"

#include <psapi.h>

namespace iostls {
namespace test {
namespace {

constexpr int most_handles = 4096;

std::chrono::microseconds duration_of(const FILETIME& t) {
  ULARGE_INTEGER ticks;
  ticks.LowPart = t.dwLowDateTime;
  ticks.HighPart = t.dwHighDateTime;
  return std::chrono::microseconds(ticks.QuadPart / 10);
}

}  // namespace

// Of all handles, which are multiples of four, those that are sockets.
std::map<int, std::string> open_descriptors() {
  std::map<int, std::string> result;
  for (int fd = 4; fd != most_handles; fd += 4) {
    int type = 0;
    int size = sizeof type;
    if (::getsockopt(static_cast<SOCKET>(fd), SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type),
                     &size) == 0) {
      result[fd] = "socket";
    }
  }
  return result;
}

std::string own_program() {
  char path[MAX_PATH];
  return std::string(path, ::GetModuleFileNameA(nullptr, path, sizeof path));
}

long rss_kib() {
  PROCESS_MEMORY_COUNTERS counters{};
  ::GetProcessMemoryInfo(::GetCurrentProcess(), &counters, sizeof counters);
  return static_cast<long>(counters.WorkingSetSize / 1024);
}

std::chrono::microseconds cpu_time() {
  FILETIME created, ended, kernel, user;
  ::GetProcessTimes(::GetCurrentProcess(), &created, &ended, &kernel, &user);
  return duration_of(kernel) + duration_of(user);
}

std::ostream& operator<<(std::ostream& out, const child_result& r) {
  return out << "exit code " << r.code;
}

child_process::child_process(const std::function<int()>& /*body*/, std::chrono::seconds /*limit*/)
    : pid_(0) {
  throw std::logic_error("there is no fork(2) on Windows");
}

child_result child_process::result() { return result_; }

child_result run_in_child(const std::function<int()>& body, std::chrono::seconds limit) {
  return child_process(body, limit).result();
}

}  // namespace test
}  // namespace iostls
