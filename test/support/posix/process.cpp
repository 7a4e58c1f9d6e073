// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iostream>
#include <system_error>

#include <dirent.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef IOSTLS_COVERAGE
extern "C" void __gcov_dump();
#endif

namespace iostls {
namespace test {
namespace {

// _exit() alone would forget what a child has run.
[[noreturn]] void leave(int code) {
#ifdef IOSTLS_COVERAGE
  __gcov_dump();
#endif
  ::_exit(code);
}

[[noreturn]] void be_child(const std::function<int()>& body, std::chrono::seconds limit) {
  ::signal(SIGPIPE, SIG_DFL);
  ::alarm(static_cast<unsigned>(limit.count()));
  int code = 125;
  try {
    code = body();
  } catch (const std::exception& e) {
    std::cerr << "child: " << e.what() << std::endl;
  }
  leave(code);
}

std::chrono::microseconds duration_of(const timeval& t) {
  return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
}

}  // namespace

std::map<int, std::string> open_descriptors() {
  std::map<int, std::string> result;
  DIR* const dir = ::opendir("/proc/self/fd");
  if (dir == nullptr) throw std::system_error(errno, std::system_category(), "/proc/self/fd");
  while (const dirent* const entry = ::readdir(dir)) {
    if (entry->d_name[0] == '.') continue;
    const int fd = std::stoi(entry->d_name);
    if (fd == ::dirfd(dir)) continue;
    char target[256];
    const ssize_t n = ::readlinkat(::dirfd(dir), entry->d_name, target, sizeof target);
    result[fd] = n > 0 ? std::string(target, static_cast<std::size_t>(n)) : "?";
  }
  ::closedir(dir);
  return result;
}

std::string own_program() {
  char target[4096];
  const ssize_t n = ::readlink("/proc/self/exe", target, sizeof target);
  if (n <= 0) throw std::system_error(errno, std::system_category(), "/proc/self/exe");
  return std::string(target, static_cast<std::size_t>(n));
}

long rss_kib() {
  std::ifstream in("/proc/self/statm");
  long total = 0, resident = 0;
  in >> total >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

std::chrono::microseconds cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
}

std::ostream& operator<<(std::ostream& out, const child_result& r) {
  if (r.signal != 0) return out << "signal " << r.signal;
  return out << "exit code " << r.code;
}

child_process::child_process(const std::function<int()>& body, std::chrono::seconds limit) {
  std::cout << std::flush;
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::system_category(), "fork");
  if (pid_ == 0) be_child(body, limit);
}

child_result child_process::result() {
  int status = 0;
  while (pid_ > 0 && ::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::system_category(), "waitpid");
  }
  if (pid_ > 0 && WIFEXITED(status)) result_.code = WEXITSTATUS(status);
  if (pid_ > 0 && WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
  pid_ = 0;
  return result_;
}

child_result run_in_child(const std::function<int()>& body, std::chrono::seconds limit) {
  return child_process(body, limit).result();
}

}  // namespace test
}  // namespace iostls
