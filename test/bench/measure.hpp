// SPDX-License-Identifier: Apache-2.0
// What the programs share: arguments, a credential, two threads on given processors, clocks, and
// the line of JSON that each prints.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "peer.hpp"

namespace bench {

// PROGRAM WORKLOAD PEER COUNT [--one-cpu] [--suite NAME]
struct arguments {
  std::string workload;
  std::string peer;
  std::size_t count = 0;
  bool one_cpu = false;
  std::string suite = "TLS_AES_128_GCM_SHA256";
};

// A credential in a folder that goes with this object: certified by itself, or in the workload "system" as in
// trusted_system.hpp. OpenSSL is told to offer the suite, X25519 and TLS 1.3 alone, for libraries that
// cannot be told so themselves.
class workshop {
 public:
  explicit workshop(const arguments& a);
  workshop(const workshop&) = delete;
  workshop& operator=(const workshop&) = delete;
  ~workshop();

  const setting& files() const { return setting_; }

 private:
  std::string file(const std::string& name, const std::string& text);

  std::string folder_;
  setting setting_;
};

struct cost {
  double seconds = 0;
  double cpu_seconds = 0;  // of the process, user and system
};

class stopwatch {
 public:
  stopwatch();
  cost elapsed() const;

 private:
  double wall_;
  double cpu_;
};

// Of processor time, of this thread.
double thread_seconds();

// From here on, this thread runs on the first or on the second processor that the process has.
void run_on_cpu(int which);
// Or wherever it may.
void run_anywhere();

// Connects two ends, each in a thread of its own, on one processor or on two, and does the handshake. Then
// measures from when both are ready until both have returned from what they are given to do.
using activity = std::function<void(end&)>;
cost measure_pair(peer& p, bool one_cpu, const activity& server, const activity& client);

// The same with a process of one thread for each end, and the time of the client's: from after the handshake
// until it has returned.
cost measure_processes(peer& p, bool one_cpu, const activity& server, const activity& client);

// Resident memory of this process, in KiB.
double resident_kib();

using values = std::vector<std::pair<std::string, double>>;
void print_result(const arguments& a, const values& v);

// Parses the command line, runs, and reports exceptions; what main returns. The second one makes
// the peer.
using program = std::function<values(const arguments&, const setting&)>;
int run_program(int argc, char** argv, const program& run);
int run_peer(int argc, char** argv, const std::function<values(const arguments&, peer&)>& run);

}  // namespace bench
