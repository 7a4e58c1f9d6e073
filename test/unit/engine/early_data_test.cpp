// SPDX-License-Identifier: Apache-2.0
// Early data of TLS 1.3: a server of ours takes none. A client that has a ticket of another server of
// the same name may send some all the same, and the handshake goes on without it (RFC 8446, 4.2.10).
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "task.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

constexpr std::size_t usual_limit = 16384;  // of early data, on other servers

// A ticket of a server on plain OpenSSL that has localhost's certificate, and keys of its own.
session_ptr ticket_of_another_server(const std::shared_ptr<SSL_CTX>& client, std::size_t limit) {
  descriptor_pair pair = socket_pair();
  task serving([&] {
    peer_options options = server_peer(tls_version::tls1_3);
    options.tune = [limit](SSL_CTX* ctx) {
      SSL_CTX_set_max_early_data(ctx, static_cast<std::uint32_t>(limit));
    };
    tls_peer other(std::move(pair.a), options);
    EXPECT_TRUE(other.write("x")) << other.error();
    EXPECT_EQ(other.read_some(), "");
  });
  tls_peer visitor(std::move(pair.b), client_peer(tls_version::tls1_3), client);
  EXPECT_EQ(visitor.read_exactly(1), "x") << visitor.error();
  visitor.close_notify();
  visitor.half_close();
  return session_ptr(SSL_get1_session(visitor.ssl()));
}

// What came of a visit whose first words were early data.
struct outcome {
  bool shaken = false;  // by the client
  int status = 0;       // SSL_EARLY_DATA_...
  std::string heard, answer;
  end_report server;
};

// Reads a line and sends it back.
end_report answer_a_line(descriptor fd, const ssl_context& context, std::string& heard) {
  end_report report;
  ssl_server_stream s(fd.release(), context);
  if (getline(s, heard)) s << heard << std::endl;
  report.failed = s.error();
  if (s.last_error() != nullptr) report.what = s.last_error()->what();
  return report;
}

bool write_early(SSL* ssl, std::size_t size, std::size_t record) {
  const std::string data(record, 'e');
  for (std::size_t done = 0; done < size; done += record) {
    std::size_t n = 0;
    if (SSL_write_early_data(ssl, data.data(), record, &n) != 1 || n != record) return false;
  }
  return true;
}

// The client offers the ticket, sends `size` bytes of early data, and then a line.
outcome visit(const ssl_context& server, std::size_t size, std::size_t record,
              std::size_t limit = usual_limit) {
  const peer_options options = client_peer(tls_version::tls1_3);
  const auto client = make_peer_context(options);
  const session_ptr ticket = ticket_of_another_server(client, limit);
  outcome seen;
  descriptor_pair pair = socket_pair();
  task serving([&] { seen.server = answer_a_line(std::move(pair.a), server, seen.heard); });
  tls_peer visitor(std::move(pair.b), options, client);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(ticket.get()), limit);
  EXPECT_EQ(SSL_set_session(visitor.ssl(), ticket.get()), 1);
  EXPECT_TRUE(write_early(visitor.ssl(), size, record));
  seen.shaken = visitor.handshake() && visitor.write("after the handshake\n");
  seen.status = SSL_get_early_data_status(visitor.ssl());
  seen.answer = visitor.read_line();
  visitor.close();
  serving.join();
  return seen;
}

void expect_skipped(const outcome& seen) {
  EXPECT_TRUE(seen.shaken);
  EXPECT_EQ(seen.status, SSL_EARLY_DATA_REJECTED);
  EXPECT_EQ(seen.heard, "after the handshake");
  EXPECT_EQ(seen.answer, "after the handshake");
  EXPECT_FALSE(seen.server.failed) << seen.server.what;
}

ssl_context server_with(const std::vector<std::string>& groups = {}) {
  context_options options = server_options();
  if (!groups.empty()) options.groups = groups;
  return ssl_context::server(options);
}

TEST(early_data, with_a_ticket_of_another_server_is_skipped) {
  expect_skipped(visit(server_with(), usual_limit, usual_limit));
}

TEST(early_data, in_small_records_is_skipped) {
  expect_skipped(visit(server_with(), usual_limit, 256));
}

TEST(early_data, is_skipped_as_far_as_other_servers_allow_it) {
  expect_skipped(visit(server_with(), 3 * usual_limit, usual_limit, 3 * usual_limit));
}

// Records that are full to the last byte are too long for OpenSSL then, in its own servers, too: it
// takes them for plaintext.
TEST(early_data, before_a_second_hello_is_skipped) {
  expect_skipped(visit(server_with({"secp384r1"}), usual_limit, usual_limit / 2));
}

TEST(early_data, without_end_is_refused) {
  const outcome seen = visit(server_with(), 32 * usual_limit, usual_limit, 64 * usual_limit);
  EXPECT_EQ(seen.heard, "");
  EXPECT_EQ(seen.server.failed, ssl_errc::handshake_failed) << seen.server.what;
  EXPECT_NE(seen.server.what.find("too much early data"), std::string::npos) << seen.server.what;
}

TEST(early_data, is_not_invited_by_tickets_of_ours) {
  memory_handshake h(server_with(), ssl_context::client(client_options()));
  ASSERT_TRUE(h.run());
  ASSERT_EQ(SSL_SESSION_has_ticket(h.session().get()), 1);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(h.session().get()), 0U);
}

}  // namespace
}  // namespace test
}  // namespace iostls
