// SPDX-License-Identifier: Apache-2.0
// A short visit of a client at a server, in memory: a question, its answer, and both close. What the
// library does for the two may run out of memory.
#pragma once

#include <string>
#include <system_error>

#include <iostls/connection_info.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_session.hpp>

namespace iostls {
namespace test {

struct visit_plan {
  ssl_context server, client;
  connection_options server_own, client_own;
};

// What became of one end.
struct visit_end {
  bool handshake_done = false;
  connection_info info;  // if it did
  std::string received;
  std::error_code first_error;  // or no memory, if there was none for an error of iostls
  bool saw_end = false;         // end-of-file, where a line was expected
  bool ended_well = false;      // all calls succeeded
  std::string escaped;          // what was thrown, if it should not have been
};

struct visit_report {
  visit_end server, client;
  ssl_session session;  // of the client, after the answer
  bool hung = false;
};

// `exposed`: whether allocations fail, as the test has asked for.
visit_report visit(const visit_plan& plan, bool exposed);

// What must hold whatever fails; empty if it does.
std::string broken_promise(const visit_report& r);
// Empty if all was well on both sides.
std::string shortfall(const visit_report& r);

}  // namespace test
}  // namespace iostls
