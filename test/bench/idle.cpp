// SPDX-License-Identifier: Apache-2.0
// What a connection that has been used and is idle costs a server in resident memory: COUNT of them,
// made by a process of its own.
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.hpp"

namespace {

using connections = std::vector<std::unique_ptr<bench::end>>;

void allow_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Holds its connections until the other process closes the pipe. That they end is of no interest,
// so that they are not closed in order but go with the process.
void be_client(bench::peer& p, unsigned short port, std::size_t count, int until_closed) {
  static auto& held = *new connections;
  std::string line;
  for (std::size_t i = 0; i != count; ++i) {
    held.push_back(p.connect(port));
    held.back()->handshake();
    held.back()->send_line("are you there?");
    held.back()->read_line(line);
    if (line != "yes") throw std::runtime_error("the server said " + line);
  }
  char c = 0;
  static_cast<void>(::read(until_closed, &c, 1));
}

void serve(bench::peer& p, std::size_t count, connections& held) {
  std::string line;
  for (std::size_t i = 0; i != count; ++i) {
    held.push_back(p.accept());
    held.back()->handshake();
    held.back()->read_line(line);
    if (line != "are you there?") throw std::runtime_error("the client said " + line);
    held.back()->send_line("yes");
  }
}

bench::values run(const bench::arguments& a, bench::peer& p) {
  constexpr std::size_t warm_up = 20;
  allow_descriptors();
  const unsigned short port = p.listen();
  int stop[2];
  if (pipe(stop) != 0) throw std::runtime_error("no pipe");
  const pid_t client = fork();
  if (client == 0) {
    close(stop[1]);
    try {
      be_client(p, port, a.count + warm_up, stop[0]);
    } catch (const std::exception&) {
      _exit(1);
    }
    _exit(0);
  }
  close(stop[0]);
  connections held;
  held.reserve(a.count + warm_up);
  serve(p, warm_up, held);
  const double before = bench::resident_kib();
  serve(p, a.count, held);
  const double after = bench::resident_kib();
  close(stop[1]);
  int status = 0;
  waitpid(client, &status, 0);
  if (status != 0) throw std::runtime_error("the client has failed");
  return {{"kib", (after - before) / static_cast<double>(a.count)}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, run); }
