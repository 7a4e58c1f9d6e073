// SPDX-License-Identifier: Apache-2.0
// Two streams of iostls that shake hands over a socket pair: what each end says of the outcome.
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
end_report shake_hands(descriptor fd, const ssl_context& context, const connection_options& own) {
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

inline both_reports shake_hands(const ssl_context& server, const ssl_context& client,
                                const connection_options& server_own = {},
                                const connection_options& client_own = {}) {
  both_reports reports;
  descriptor_pair pair = socket_pair();
  task serving([&] {
    reports.server = shake_hands<ssl_server_stream>(std::move(pair.a), server, server_own);
  });
  reports.client = shake_hands<ssl_client_stream>(std::move(pair.b), client, client_own);
  serving.join();
  return reports;
}

}  // namespace test
}  // namespace iostls
