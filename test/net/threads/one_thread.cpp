// SPDX-License-Identifier: Apache-2.0
// A server of one thread: one_thread CASE FD ORDER. It reads "hello" from the connection FD, then does what
// CASE is about, and reads "world", which the client sends once a byte came from ORDER. It ends with 0
// if all was as it should be.
#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

namespace {

using namespace iostls;
using std::chrono::milliseconds;

enum outcome { as_expected = 0, read_otherwise = 3, failed_otherwise = 4, undisturbed = 5 };

int order = -1;
volatile std::sig_atomic_t interruptions = 0;

void go_on() { static_cast<void>(!::write(order, ".", 1)); }

bool reads(ssl_stream& stream, const std::string& expected) {
  std::string word;
  return (stream >> word) && word == expected;
}

outcome reads_the_rest(ssl_stream& stream) {
  stream.clear();
  go_on();
  return reads(stream, "world") ? as_expected : read_otherwise;
}

// The wait ends with that, and can be repeated.
outcome fails_and_goes_on(ssl_stream& stream, ssl_errc expected) {
  if (reads(stream, "world")) return read_otherwise;
  return stream.error() == expected ? reads_the_rest(stream) : failed_otherwise;
}

// Each system call is interrupted, without SA_RESTART, until the tenth time.
outcome interrupted(ssl_stream& stream) {
  struct sigaction handler = {};
  handler.sa_handler = [](int) {
    interruptions = interruptions + 1;
    if (interruptions == 10) go_on();
  };
  sigaction(SIGALRM, &handler, nullptr);
  const itimerval often = {{0, 2000}, {0, 2000}};
  setitimer(ITIMER_REAL, &often, nullptr);
  const bool right = reads(stream, "world");
  const itimerval never = {};
  setitimer(ITIMER_REAL, &never, nullptr);
  if (interruptions < 10) return undisturbed;
  return right ? as_expected : read_otherwise;
}

outcome limited(ssl_stream& stream) {
  const int fd = stream.rdbuf()->fd();
  const timeval limit = {0, 50000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const auto began = std::chrono::steady_clock::now();
  if (reads(stream, "world")) return read_otherwise;
  const auto passed = std::chrono::steady_clock::now() - began;
  const bool in_time = passed >= milliseconds(50) && passed < std::chrono::seconds(10);
  if (stream.error() != ssl_errc::timed_out || !in_time) return failed_otherwise;
  const timeval none = {};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
  return reads_the_rest(stream);
}

outcome nonblocking(ssl_stream& stream) {
  const int fd = stream.rdbuf()->fd();
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return reads_the_rest(stream);
}

outcome late(ssl_stream& stream) {
  stream.read_timeout(milliseconds(20));
  if (reads(stream, "world")) return read_otherwise;
  if (stream.error() != ssl_errc::timed_out) return failed_otherwise;
  stream.read_timeout(milliseconds(0));
  return reads_the_rest(stream);
}

outcome woken_before(ssl_stream& stream) {
  stream.wake();
  return fails_and_goes_on(stream, ssl_errc::woken);
}

// The process has got a second thread since it has read.
outcome woken_by_another(ssl_stream& stream) {
  std::thread other([&] { stream.wake(); });
  const outcome result = fails_and_goes_on(stream, ssl_errc::woken);
  other.join();
  return result;
}

outcome undisturbed_wait(ssl_stream& stream) { return reads_the_rest(stream); }

ssl_context new_context() {
  const credential own = self_signed_certificate({"localhost"});
  context_options options;
  options.certificate = own.certificate;
  options.key = own.key;
  options.certificate_password = own.password;
  options.close_timeout = milliseconds(100);
  return ssl_context::server(options);
}

}  // namespace

int main(int, char** argv) {
  static const std::map<std::string, outcome (*)(ssl_stream&)> cases = {
      {"interrupted", interrupted},     {"limited", limited},
      {"nonblocking", nonblocking},     {"late", late},
      {"woken_before", woken_before},   {"woken_by_another", woken_by_another},
      {"undisturbed", undisturbed_wait}};
  order = std::stoi(argv[3]);
  ssl_server_stream stream(std::stoi(argv[2]), new_context());
  if (!reads(stream, "hello")) return read_otherwise;
  return cases.at(argv[1])(stream);
}
