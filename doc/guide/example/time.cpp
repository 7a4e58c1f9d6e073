// SPDX-License-Identifier: Apache-2.0
// The lines of the page on time. Exits with 0 if they do what it states.
#include <array>
#include <chrono>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

#include "two_ends.hpp"

namespace {

using std::chrono::milliseconds;

// Waits for a line for as long as it takes, with something to do meanwhile.
template <class Meanwhile>
bool patient_getline(iostls::ssl_stream& in, std::string& line, Meanwhile meanwhile) {
  line.clear();
  for (;;) {
    std::string part;
    getline(in, part);
    line += part;
    if (in.error() != iostls::ssl_errc::timed_out || !in.bad()) return !in.fail();
    in.clear();
    meanwhile();
  }
}

// One deadline for a whole exchange, however many reads and writes it takes.
bool ask_within(iostls::ssl_stream& server, milliseconds limit, std::string& answer) {
  server.expires_after(limit);
  server << "what is the time?\n";
  getline(server, answer);
  server.expires_never();
  return server.good();
}

// Takes what is there, as a loop until EAGAIN does. False at the end, and after a failure (bad()).
bool take_what_is_there(iostls::ssl_stream& in, std::string& received) {
  std::array<char, 4096> block{};
  while (in.wait_readable(milliseconds(0))) {
    const auto got = in.readsome(block.data(), block.size());
    received.append(block.data(), static_cast<std::size_t>(got));
    if (!in.good()) return false;
  }
  return true;
}

bool patience_pays() {
  two_ends ends;
  iostls::connection_options options;
  options.read_timeout = milliseconds(20);
  const in_background server([&] {
    auto s = ends.server();
    std::string line;
    getline(s, line);
    s << "late\n";
  });
  auto client = ends.client(options);
  bool idle = false;
  std::string line;
  const bool came = patient_getline(client, line, [&] {
    if (!idle) client << "go on\n";  // and so the peer has waited longer than the timeout
    idle = true;
  });
  return came && idle && line == "late";
}

bool deadline_passes() {
  two_ends ends;
  const in_background silent_server([&] {
    auto s = ends.server();
    std::string line;
    while (getline(s, line)) continue;
  });
  auto client = ends.client();
  std::string answer;
  const bool answered = ask_within(client, milliseconds(50), answer);
  return !answered && client.error() == iostls::ssl_errc::timed_out;
}

// Both sides only poll, and yet the handshake takes place, and a question is sent.
bool polling_works() {
  two_ends ends;
  const in_background server([&] {
    auto s = ends.server();
    std::string question;
    while (question != "question\n" && take_what_is_there(s, question)) std::this_thread::yield();
    s << "answer\n";
  });
  auto client = ends.client();
  client << "question\n";
  std::string answer;
  while (take_what_is_there(client, answer)) std::this_thread::yield();
  return answer == "answer\n" && client.eof() && !client.bad();
}

}  // namespace

int main() { return patience_pays() && deadline_passes() && polling_works() ? 0 : 1; }
