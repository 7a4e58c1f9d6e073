// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <locale>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

#include <alloca.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostls/self_signed.hpp>

#include "trusted_system.hpp"

namespace bench {
namespace {

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double in_seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return in_seconds(used.ru_utime) + in_seconds(used.ru_stime);
}

// As they were when it was first asked for.
const cpu_set_t& allowed_cpus() {
  static const cpu_set_t all = [] {
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  return all;
}

// Lets two threads go when both have come, and returns when that was.
class gate {
 public:
  void pass() {
    std::unique_lock<std::mutex> l(mutex_);
    if (--awaited_ == 0) {
      wall = wall_seconds();
      cpu = cpu_seconds();
      open_.notify_all();
    }
    open_.wait(l, [this] { return awaited_ == 0; });
  }

  double wall = 0;
  double cpu = 0;

 private:
  std::mutex mutex_;
  std::condition_variable open_;
  int awaited_ = 2;
};

// A thread that fails leaves the other one waiting: the process has nothing else to do.
template <class Work>
void or_die(Work work) {
  try {
    work();
  } catch (const std::exception& e) {
    std::cerr << e.what() << std::endl;
    std::_Exit(1);
  }
}

arguments parse(int argc, char** argv) {
  arguments a;
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--one-cpu") {
      a.one_cpu = true;
    } else if (word == "--suite" && i + 1 < argc) {
      a.suite = argv[++i];
    } else {
      words.push_back(word);
    }
  }
  if (words.size() != 3)
    throw std::runtime_error("usage: WORKLOAD PEER COUNT [--one-cpu] [--suite NAME]");
  a.workload = words[0];
  a.peer = words[1];
  a.count = std::stoul(words[2]);
  return a;
}

}  // namespace

workshop::workshop(const arguments& a) {
  char name[] = "/tmp/iostls-bench-XXXXXX";
  if (mkdtemp(name) == nullptr) throw std::runtime_error("cannot make a folder in /tmp");
  folder_ = name;
  const std::string configuration = file(
      "openssl.cnf",
      "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = defaults\n[defaults]\n"
      "MinProtocol = TLSv1.3\nGroups = X25519\nCiphersuites = " +
          a.suite + "\n");
  setenv("OPENSSL_CONF", configuration.c_str(), 1);
  if (a.workload == "system") {
    setting_ = trust_system_in(folder_);
  } else {
    const iostls::credential c = iostls::self_signed_certificate({"localhost", "127.0.0.1"});
    setting_.certificate = file("certificate.pem", c.certificate.str());
    setting_.key = file("key.pem", c.key.str());
    setting_.authorities = setting_.certificate;
  }
  setting_.suite = a.suite;
}

workshop::~workshop() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string workshop::file(const std::string& name, const std::string& text) {
  const std::string path = folder_ + '/' + name;
  if (!(std::ofstream(path) << text << std::flush))
    throw std::runtime_error("cannot write " + path);
  return path;
}

stopwatch::stopwatch() : wall_(wall_seconds()), cpu_(cpu_seconds()) {}

cost stopwatch::elapsed() const { return {wall_seconds() - wall_, cpu_seconds() - cpu_}; }

double thread_seconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void run_anywhere() { sched_setaffinity(0, sizeof allowed_cpus(), &allowed_cpus()); }

void run_on_cpu(int which) {
  const cpu_set_t& all = allowed_cpus();
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &all) || which-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

cost measure_processes(peer& p, bool one_cpu, const activity& server, const activity& client) {
  const unsigned short port = p.listen();
  const pid_t other = fork();
  if (other < 0) throw std::runtime_error("fork failed");
  if (other == 0) {
    or_die([&] {
      run_on_cpu(one_cpu ? 0 : 1);
      const std::unique_ptr<end> e = p.accept();
      e->handshake();
      server(*e);
      e->finish();
    });
    std::_Exit(0);
  }
  const std::unique_ptr<end> e = p.connect(port);
  e->handshake();
  const stopwatch watch;
  client(*e);
  const cost c = watch.elapsed();
  e->finish();
  int status = 0;
  if (waitpid(other, &status, 0) != other || status != 0)
    throw std::runtime_error("the server failed");
  return c;
}

cost measure_pair(peer& p, bool one_cpu, const activity& server, const activity& client) {
  const unsigned short port = p.listen();
  gate ready;
  gate done;
  const auto play = [&](int cpu, const activity& act,
                        const std::function<std::unique_ptr<end>()>& make) {
    or_die([&] {
      run_on_cpu(cpu);
      // Where a variable on the stack and one of the stream agree in the last 12 bits of their addresses, a
      // processor takes them for one, and reads numbers slower by a sixth. Chance decides, anew in each run.
      auto* const shift =
          static_cast<volatile char*>(alloca(16 + 16 * (std::random_device()() % 256)));
      *shift = 0;
      const std::unique_ptr<end> e = make();
      e->handshake();
      ready.pass();
      act(*e);
      done.pass();
      e->finish();
    });
  };
  std::thread one(play, 0, server, [&] { return p.accept(); });
  std::thread other(play, one_cpu ? 0 : 1, client, [&] { return p.connect(port); });
  one.join();
  other.join();
  return {done.wall - ready.wall, done.cpu - ready.cpu};
}

double resident_kib() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::string word;
  double kib = 0;
  while (rollup >> word) {
    if (word == "Rss:" && rollup >> kib) return kib;
  }
  throw std::runtime_error("/proc/self/smaps_rollup has no resident size");
}

void print_result(const arguments& a, const values& v) {
  std::cout << R"({"workload": ")" << a.workload << R"(", "peer": ")" << a.peer << '"';
  for (const auto& one : v) std::cout << ", \"" << one.first << "\": " << one.second;
  std::cout << '}' << std::endl;
}

int run_program(int argc, char** argv, const program& run) try {
  if (argc == 2 && std::string(argv[1]) == "--peers") {
    for (const std::string& name : peer_names()) std::cout << name << '\n';
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);
  // A program has cxxtools' global locale once it is linked, with which all streams read numbers at half
  // their speed.
  std::locale::global(std::locale::classic());
  run_on_cpu(0);
  const arguments a = parse(argc, argv);
  const workshop w(a);
  print_result(a, run(a, w.files()));
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}

int run_peer(int argc, char** argv, const std::function<values(const arguments&, peer&)>& run) {
  return run_program(argc, argv, [&](const arguments& a, const setting& s) {
    return run(a, *make_peer(a.peer, s));
  });
}

}  // namespace bench
