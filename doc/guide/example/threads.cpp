// SPDX-License-Identifier: Apache-2.0
// The lines of the page on threads. Exits with 0 if they do what it states.
#include <mutex>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

#include "two_ends.hpp"

namespace {

// Reads until the end while two other threads write. Returns the number of lines that came.
int converse(iostls::ssl_stream& stream) {
  std::mutex writing;
  const auto talk = [&](const char* name) {
    for (int i = 0; i < 100; ++i) {
      const std::lock_guard<std::mutex> l(writing);
      stream << name << ' ' << i << std::endl;
    }
  };
  std::thread anna(talk, "anna");
  std::thread bert(talk, "bert");
  int lines = 0;
  std::string line;
  while (getline(stream, line)) {
    ++lines;
    if (line != "PING") continue;
    const std::lock_guard<std::mutex> l(writing);
    stream << "PONG\n";  // sent before this thread waits again
  }
  anna.join();
  bert.join();
  return lines;
}

// The peer of `converse`: wants an answer, and each line whole.
bool hears_all(iostls::ssl_stream& stream) {
  stream << "PING\n";
  int lines = 0;
  bool answered = false;
  std::string line;
  while (lines != 200 || !answered) {
    if (!getline(stream, line)) return false;
    if (line == "PONG") {
      answered = true;
    } else {
      ++lines;
    }
  }
  return true;
}

bool many_write() {
  two_ends ends;
  bool heard = false;
  {
    const in_background server([&] {
      auto s = ends.server();
      heard = hears_all(s);
    });
    auto s = ends.client();
    if (converse(s) != 1) return false;
  }
  return heard;
}

// Sends while it receives. Returns the number of lines that came.
int chat(iostls::ssl_stream& stream) {
  int lines = 0;
  iostls::ssl_duplex both(stream);
  std::thread reader([&] {
    std::string line;
    while (getline(both.in(), line)) ++lines;
  });
  for (int i = 0; i < 1000; ++i) both.out() << "line " << i << '\n';
  stream.shutdown_write();
  reader.join();
  return lines;
}

bool both_say_all() {
  two_ends ends;
  int heard = 0;
  {
    const in_background server([&] {
      auto s = ends.server();
      heard = chat(s);
    });
    auto s = ends.client();
    if (chat(s) != 1000) return false;
  }
  return heard == 1000;
}

// Ends a wait that would go on for as long as the server likes.
bool reader_is_woken(iostls::ssl_stream& stream) {
  std::thread reader([&] {
    std::string line;
    getline(stream, line);
  });
  stream.cancel();
  reader.join();
  return stream.error() == iostls::ssl_errc::canceled;
}

// Reads commands until it is told to end, and takes leave then.
void serve_until_woken(iostls::ssl_stream& client) {
  std::string command;
  while (getline(client, command)) client << "done: " << command << std::endl;
  if (client.error() == iostls::ssl_errc::woken) {
    client.clear();
    client << "the server ends, goodbye" << std::endl;
  }
  client.close();
}

bool takes_leave() {
  two_ends ends;
  auto server = ends.server();
  std::string answer, goodbye;
  const in_background client([&] {
    auto s = ends.client();
    s << "command" << std::endl;
    getline(s, answer);
    server.wake();
    getline(s, goodbye);
  });
  serve_until_woken(server);
  return answer == "done: command" && goodbye == "the server ends, goodbye";
}

}  // namespace

int main() {
  two_ends ends;
  auto s = ends.client();
  return many_write() && both_say_all() && reader_is_woken(s) && takes_leave() ? 0 : 1;
}
