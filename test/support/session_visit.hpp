// SPDX-License-Identifier: Apache-2.0
// A client stream that visits a server stream, over a socket pair: one line there, one back.
#pragma once

#include <limits>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "task.hpp"

namespace iostls {
namespace test {

struct visit_result {
  std::error_code failed;  // of the client
  long verify_result = 0;
  connection_info info;
  ssl_session session;         // after the answer
  bool server_agrees = false;  // on whether the session was resumed
};

inline void answer_one_line(ssl_server_stream& s, bool& resumed) {
  std::string line;
  if (!getline(s, line)) return;
  resumed = s.info().resumed;
  s << line << std::endl;
  s.ignore(std::numeric_limits<std::streamsize>::max());
}

// Sockets of TCP, so that there is a port; `a` of the pair is the client's.
inline visit_result visit(const ssl_context& server, const ssl_context& client,
                          const connection_options& own = {}, descriptor_pair pair = tcp_pair(),
                          const connection_options& server_own = {}) {
  visit_result result;
  bool resumed = false;
  task peer([&, fd = pair.b.release()] {
    descriptor closed_on_failure(fd);
    ssl_server_stream s(fd, server, server_own);
    closed_on_failure.release();
    answer_one_line(s, resumed);
  });
  ssl_client_stream c(pair.a.get(), client, own);
  pair.a.release();
  std::string line;
  c << "hello\n";
  if (getline(c, line)) {
    EXPECT_EQ(line, "hello");
    result.info = c.info();
    result.session = c.session();
  } else {
    result.failed = c.error();
    result.verify_result = c.last_error()->verify_result();
  }
  c.clear();
  c.close();
  peer.join();
  result.server_agrees = resumed == result.info.resumed;
  return result;
}

}  // namespace test
}  // namespace iostls
