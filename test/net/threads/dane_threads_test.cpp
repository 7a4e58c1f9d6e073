// SPDX-License-Identifier: Apache-2.0
// Threads that use one context, each with TLSA records of its own.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dane_servers.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace {

using namespace test;

constexpr int threads = 4;
constexpr int rounds = 25;

// Connects by a record that the server matches, and by one that it does not, in turn.
int surprises(const ssl_context& server, const ssl_context& client, int usage) {
  int found = 0;
  for (int i = 0; i != rounds; ++i) {
    const bool is_right = i % 2 == 0;
    const std::string& of = is_right ? localhost().certificate : stranger().certificate;
    connection_options own;
    own.tlsa_records = {tlsa_for(of, usage)};
    const end_report r = complete_handshake(server, client, {}, own).client;
    const std::string match = is_right ? own.tlsa_records.value()[0].text() : "";
    if (static_cast<bool>(r.failed) == is_right || r.info.matched_tlsa_record != match) ++found;
  }
  return found;
}

TEST(threads_of_one_context, have_tlsa_records_of_their_own) {
  const ssl_context server = ssl_context::server(server_options());
  const ssl_context client = ssl_context::client(client_options());
  std::vector<int> found(threads, -1);
  std::vector<std::unique_ptr<task>> all;
  for (int i = 0; i != threads; ++i) {
    all.push_back(std::make_unique<task>([&, i] {
      found[static_cast<std::size_t>(i)] =
          surprises(server, client, i % 2 == 0 ? dane_ee : pkix_ee);
    }));
  }
  for (const auto& each : all) each->join();
  EXPECT_EQ(found, std::vector<int>(threads, 0));
}

}  // namespace
}  // namespace iostls
