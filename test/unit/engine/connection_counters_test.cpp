// SPDX-License-Identifier: Apache-2.0
// What a stream counts of its connection, compared with what plain OpenSSL does at the other end.
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "context/traffic_counts.hpp"
#include "dialogue.hpp"
#include "fixture.hpp"
#include "task.hpp"
#include "two_ends.hpp"

namespace iostls {
namespace test {
namespace {

struct seen_records {
  std::uint64_t sent = 0, received = 0;
};

extern "C" void note_record(int is_write, int, int type, const void*, std::size_t, SSL*,
                            void* arg) {
  auto* const seen = static_cast<seen_records*>(arg);
  if (type == SSL3_RT_HEADER) ++(is_write != 0 ? seen->sent : seen->received);
}

void watch(tls_peer& peer, seen_records& seen) {
  SSL_set_msg_callback(peer.ssl(), note_record);
  SSL_set_msg_callback_arg(peer.ssl(), &seen);
}

class counters : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, counters, all_variants(), variant_name);

TEST_P(counters, have_all_bytes_and_records_that_the_peer_has_seen) {
  dialogue d(GetParam());
  seen_records seen;
  watch(d.peer(), seen);
  EXPECT_EQ(d.stream().counters().bytes_received, 0U);
  EXPECT_EQ(d.stream().counters().records_sent, 0U);
  d.handshake();
  const std::string block(100000, 'x');
  d.stream() << block << '\n' << std::flush;
  EXPECT_EQ(d.peer().read_line(), block);
  ASSERT_TRUE(d.peer().write(block + '\n'));
  std::string line;
  EXPECT_TRUE(std::getline(d.stream(), line));
  const connection_counters now = d.stream().counters();
  EXPECT_EQ(now.bytes_received, BIO_number_written(SSL_get_wbio(d.peer().ssl())));
  EXPECT_EQ(now.bytes_sent, BIO_number_read(SSL_get_rbio(d.peer().ssl())));
  EXPECT_EQ(now.records_received, seen.sent);
  EXPECT_EQ(now.records_sent, seen.received);
  EXPECT_EQ(now.key_updates_sent + now.key_updates_received, 0U);
}

TEST_P(counters, remain_after_closing_and_count_close_notify) {
  const auto d = started(GetParam());
  d->stream().flush();  // a server's tickets
  const connection_counters before = d->stream().counters();
  task answering([&] { d->answer_close(); });
  d->stream().close();
  answering.join();
  const connection_counters now = d->stream().counters();
  EXPECT_EQ(now.records_sent, before.records_sent + 1);
  EXPECT_GT(now.bytes_sent, before.bytes_sent);
}

// Copies of the context's counters would be their sum.
TEST(counters_of_connections, begin_anew_with_each_connection) {
  const ssl_context server = ssl_context::server(server_options());
  const ssl_context client = ssl_context::client(client_options());
  ssl_client_stream stream;
  EXPECT_EQ(stream.counters().bytes_sent, 0U);
  std::uint64_t first = 0;
  for (int i = 0; i != 2; ++i) {
    descriptor_pair pair = socket_pair();
    task serving([&] {
      ssl_server_stream s(pair.a.release(), server);
      s << "hello\n";
      s.close();
    });
    stream = ssl_client_stream(pair.b.release(), client);
    std::string line;
    EXPECT_TRUE(std::getline(stream, line));
    stream.close();
    if (i == 0) first = stream.counters().bytes_sent;
  }
  EXPECT_GT(first, 0U);
  EXPECT_LT(stream.counters().bytes_sent, 2 * first);
  EXPECT_GT(client.counters().bytes_sent, stream.counters().bytes_sent);
}

TEST(counters_of_connections, have_the_hello_before_a_function_has_chosen_another_context) {
  context_options chosen = server_options();
  const ssl_context other = ssl_context::server(chosen);
  context_options asking = server_options();
  asking.on_client_hello = [&](const client_hello&) { return client_hello_answer(other); };
  const ssl_context server = ssl_context::server(asking);
  descriptor_pair pair = socket_pair();
  seen_records seen;
  tls_peer peer(std::move(pair.a), client_peer());
  watch(peer, seen);
  ssl_server_stream s(pair.b.release(), server);
  task asked([&] {
    peer.handshake();
    peer.write("line\n");
  });
  std::string line;
  EXPECT_TRUE(std::getline(s, line));
  asked.join();
  EXPECT_EQ(s.counters().records_received, seen.sent);
  EXPECT_EQ(s.counters().bytes_received, BIO_number_written(SSL_get_wbio(peer.ssl())));
  peer.half_close();
}

std::string record_of_size(std::size_t size) {
  return std::string("\x17\x03\x03", 3) + static_cast<char>(size >> 8) +
         static_cast<char>(size & 0xff) + std::string(size, 'x');
}

TEST(record_meter, counts_records_wherever_they_are_cut) {
  const std::string all =
      record_of_size(1) + record_of_size(0) + record_of_size(300) + record_of_size(0);
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    detail::record_meter meter;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      meter.add(std::string_view(all).substr(at, piece));
    }
    EXPECT_EQ(meter.records(), 4U) << "in pieces of " << piece;
    EXPECT_EQ(meter.bytes(), all.size());
  }
}

TEST(record_meter, does_not_count_what_has_come_in_part) {
  detail::record_meter meter;
  meter.add(record_of_size(5));
  meter.add(std::string_view(record_of_size(5)).substr(0, 9));
  EXPECT_EQ(meter.records(), 1U);
  meter.add("x");
  EXPECT_EQ(meter.records(), 2U);
}

TEST(record_meter, counts_a_first_hello_in_the_form_of_ssl_2) {
  detail::record_meter meter;
  meter.add(std::string("\x80\x0a\x01\x03\x01", 5) + "1234567" + record_of_size(2));
  EXPECT_EQ(meter.records(), 2U);
}

TEST(record_meter, stops_at_what_is_no_record) {
  detail::record_meter meter;
  meter.add(record_of_size(2) + "HTTP/1.1 400 Bad Request\r\n\r\n" + record_of_size(2));
  EXPECT_EQ(meter.records(), 1U);
  EXPECT_EQ(meter.bytes(), 42U);
}

}  // namespace
}  // namespace test
}  // namespace iostls
