// SPDX-License-Identifier: Apache-2.0
// The lines of the page on closing. Exits with 0 if they do what it states.
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

#include "two_ends.hpp"

namespace {

// True if the other side has said that it has the report.
bool deliver(iostls::ssl_stream& to, const std::string& report) {
  to << report << "end of report\n";
  std::string answer;
  return getline(to, answer) && answer == "received";
}

bool send_report(iostls::ssl_stream& to, const std::string& report) {
  to << report;
  to.close();
  if (to.fail()) {
    std::cerr << "the report may not have arrived: " << to.error().message() << '\n';
  }
  return to.closed_how() == iostls::close_result::delivered;
}

// Sends all, lets the peer see the end of it, and then hears the answer.
std::string ask(iostls::ssl_stream& server, const std::string& question) {
  server << question;
  server.shutdown_write();
  std::string answer;
  getline(server, answer);
  return answer;
}

std::string read_all(std::istream& in) {
  std::string all, line;
  while (getline(in, line)) all += line + '\n';
  return all;
}

bool report_is_confirmed() {
  two_ends ends;
  const in_background server([&] {
    auto s = ends.server();
    std::string line;
    while (getline(s, line) && line != "end of report") {
    }
    s << "received\n";
  });
  auto s = ends.client();
  return deliver(s, "all is well\n");
}

bool report_arrives() {
  two_ends ends;
  std::string arrived;
  bool sent = false;
  {
    const in_background server([&] {
      auto s = ends.server();
      arrived = read_all(s);
    });
    auto s = ends.client();
    sent = send_report(s, "all is well\n");
  }
  return sent && arrived == "all is well\n";
}

bool answer_follows_the_end() {
  two_ends ends;
  const in_background server([&] {
    auto s = ends.server();
    const std::size_t size = read_all(s).size();
    s.clear();
    s << size << " bytes\n";
  });
  auto s = ends.client();
  return ask(s, "how much\nis this?\n") == "18 bytes";
}

}  // namespace

int main() { return report_is_confirmed() && report_arrives() && answer_follows_the_end() ? 0 : 1; }
