// SPDX-License-Identifier: Apache-2.0
// A client that comes again and again, with a context that keeps sessions. It prints "at N" after
// each hundred connections, "failed N REASON" for each that did not get its answer, and in the end
// "connections N", "resumed N" and "failed N".
#include <exception>
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

#include "interop_options.hpp"
#include "interop_report.hpp"

namespace {

struct counts {
  int connections = 0;
  int resumed = 0;
  int failed = 0;
};

void come_and_go(const interop::arguments& a, const iostls::ssl_context& context, counts& n) {
  const interop::reporter say;
  ++n.connections;
  iostls::ssl_client_stream s(a.host.empty() ? "localhost" : a.host, a.port, context);
  std::string line;
  if (s << "hello\n" && getline(s, line)) {
    if (s.info().resumed) ++n.resumed;
  } else {
    ++n.failed;
    say("failed", std::to_string(n.connections) + ' ' +
                      (s.last_error() != nullptr ? s.last_error()->what() : "no answer"));
  }
  s.clear();
  s.close();
  if (n.connections % 100 == 0) say("at", n.connections);
}

void run(const interop::arguments& a) {
  const iostls::ssl_context context = iostls::ssl_context::client(a.tls);
  const interop::reporter say;
  counts n;
  while (n.connections != a.count) come_and_go(a, context, n);
  say("connections", n.connections);
  say("resumed", n.resumed);
  say("failed", n.failed);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(interop::parse(argc, argv));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "fleet_client: " << e.what() << '\n';
    return 2;
  }
}
