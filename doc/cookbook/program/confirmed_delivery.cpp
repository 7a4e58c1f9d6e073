// SPDX-License-Identifier: Apache-2.0
// Delivers its input as a report, and exits with 0 only if the server has confirmed that it has it.
// confirmed_delivery HOST PORT ID [CA-FILE] <REPORT
#include <chrono>
#include <exception>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

// The report's size goes first: the server knows when it has everything. The answer names the report.
void deliver(iostls::ssl_client_stream& server, const std::string& id, const std::string& report) {
  server.expires_after(std::chrono::seconds(30));
  server << "REPORT " << id << ' ' << report.size() << '\n' << report;
  std::string answer;
  if (iostls::getline(server, answer, 1000)) {
    if (answer == "RECEIVED " + id) return;
    throw std::runtime_error("the server has refused the report: " + answer);
  }
  throw std::runtime_error(server.error() ? server.last_error()->what()
                                          : "the server has left without an answer");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw std::runtime_error("usage: confirmed_delivery HOST PORT ID [CA-FILE]");
  const std::string report(std::istreambuf_iterator<char>(std::cin), {});
  iostls::context_options options;
  if (argc > 4) options.ca_file = argv[4];
  iostls::ssl_client_stream server(argv[1], argv[2], options);
  if (!server) throw iostls::ssl_error(*server.last_error());
  try {
    deliver(server, argv[3], report);
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\nThe report may have arrived: send it again with the same ID.\n";
    return 1;
  }
  server.close();  // whatever it reports: the report has arrived
  std::cout << "confirmed\n";
} catch (const std::exception& e) {
  std::cerr << e.what() << "\nNothing was sent.\n";
  return 2;
}
