// SPDX-License-Identifier: Apache-2.0
// What the process has, and child processes of it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <ostream>
#include <string>

namespace iostls {
namespace test {

// The open descriptors, and what each is: "socket:[4711]".
std::map<int, std::string> open_descriptors();
inline std::size_t fd_count() { return open_descriptors().size(); }

// Resident memory.
long rss_kib();

// User and system time of all threads so far.
std::chrono::microseconds cpu_time();

// The path of the program that runs. Not "/proc/self/exe", which is Valgrind itself to an exec(3)
// under Valgrind.
std::string own_program();

struct child_result {
  int code = -1;   // of a normal exit
  int signal = 0;  // that ended it, SIGALRM if it took too long
};
inline bool operator==(const child_result& a, const child_result& b) {
  return a.code == b.code && a.signal == b.signal;
}
std::ostream& operator<<(std::ostream& out, const child_result& r);

// Forks, and runs the function in the child. The child has the default disposition of SIGPIPE; it
// ends with _exit(2) and the function's result, or with 125 if that throws. gtest's assertions do not
// reach the parent from there: return a number instead.
class child_process {
 public:
  explicit child_process(const std::function<int()>& body,
                         std::chrono::seconds limit = std::chrono::seconds(20));
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process() { result(); }

  // Waits for its end.
  child_result result();

 private:
  int pid_;
  child_result result_;
};

// The same, at once.
child_result run_in_child(const std::function<int()>& body,
                          std::chrono::seconds limit = std::chrono::seconds(20));

}  // namespace test
}  // namespace iostls
