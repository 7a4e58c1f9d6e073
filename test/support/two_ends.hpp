// SPDX-License-Identifier: Apache-2.0
// Two streams of iostls that do a handshake over a socket pair, and what each end reports.
#pragma once

#include <string>
#include <system_error>

#include <iostls/ssl_stream.hpp>

#include "descriptor.hpp"
#include "task.hpp"

namespace iostls {
namespace test {

struct end_report {
  std::error_code failed;
  std::string what;  // of the failure
  connection_info info;
  certificate peer;
};

struct both_reports {
  end_report server, client;
};

template <class Stream>
end_report complete_handshake(descriptor fd, const ssl_context& context,
                              const connection_options& own) {
  end_report report;
  Stream stream(fd.get(), context, own);
  fd.release();
  try {
    report.info = stream.info();
    report.peer = stream.peer_certificate();
  } catch (const ssl_error& e) {
    report.failed = e.code();
    report.what = e.what();
  }
  return report;
}

inline both_reports complete_handshake(const ssl_context& server, const ssl_context& client,
                                       const connection_options& server_own = {},
                                       const connection_options& client_own = {}) {
  both_reports reports;
  descriptor_pair pair = socket_pair();
  task serving([&] {
    reports.server = complete_handshake<ssl_server_stream>(std::move(pair.a), server, server_own);
  });
  reports.client = complete_handshake<ssl_client_stream>(std::move(pair.b), client, client_own);
  serving.join();
  return reports;
}

}  // namespace test
}  // namespace iostls
