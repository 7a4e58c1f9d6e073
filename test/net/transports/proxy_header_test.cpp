// SPDX-License-Identifier: Apache-2.0
// What stands in front of TLS: headers of the PROXY protocol, and whether it is TLS at all.
#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "socket_calls.hpp"
#include "task.hpp"
#include "tcp_ends.hpp"

namespace iostls {
namespace {

using namespace test;
using namespace std::string_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

// A header of version 2.
std::string binary(char version_and_command, char family, const std::string& fields) {
  const std::size_t n = fields.size();
  return signature + version_and_command + family + static_cast<char>(n >> 8) +
         static_cast<char>(n & 255) + fields;
}

const std::string ipv4_fields = "\xc0\x00\x02\x01\xc6\x33\x64\x07\xc8\x39\x01\xbb"s;
const std::string ipv6_fields = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s +
                                "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"s + "\xc8\x39\x01\xbb"s;
const std::string mapped_fields = "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01"s +
                                  "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc6\x33\x64\x07"s +
                                  "\xc8\x39\x01\xbb"s;

std::string path_field(std::string path) {
  path.resize(108);
  return path;
}

struct good_header {
  const char* name;
  std::string bytes;
  int version;
  std::string source, destination;
};

void PrintTo(const good_header& h, std::ostream* out) { *out << h.name; }

std::vector<good_header> good_headers() {
  const std::string tlv = "\x02\x00\x0b"s + "example.org";
  return {
      {"text_ipv4", "PROXY TCP4 192.0.2.1 198.51.100.7 51257 443\r\n", 1, "192.0.2.1:51257",
       "198.51.100.7:443"},
      {"text_ipv6", "PROXY TCP6 2001:DB8:0::1 2001:db8::2 51257 443\r\n", 1, "[2001:db8::1]:51257",
       "[2001:db8::2]:443"},
      {"text_longest",
       "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535 65535\r\n",
       1, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
       "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65535"},
      {"text_unknown", "PROXY UNKNOWN\r\n", 1, "", ""},
      {"text_unknown_with_words", "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", 1, "", ""},
      {"ipv4", binary('\x21', '\x11', ipv4_fields), 2, "192.0.2.1:51257", "198.51.100.7:443"},
      {"ipv4_with_tlvs", binary('\x21', '\x11', ipv4_fields + tlv + tlv), 2, "192.0.2.1:51257",
       "198.51.100.7:443"},
      {"ipv6", binary('\x21', '\x21', ipv6_fields), 2, "[2001:db8::1]:51257", "[2001:db8::2]:443"},
      {"mapped", binary('\x21', '\x21', mapped_fields), 2, "192.0.2.1:51257", "198.51.100.7:443"},
      {"local_socket", binary('\x21', '\x31', path_field("/run/client") + path_field("/run/x")), 2,
       "unix:/run/client", "unix:/run/x"},
      {"abstract_socket", binary('\x21', '\x31', path_field("\0name"s) + path_field("")), 2,
       "unix:@name", ""},
      {"unprintable_socket",
       binary('\x21', '\x31', path_field("/x\n\xc2\x9b") + path_field("/\x1b")), 2,
       "unix:/x\\x0a\\xc2\\x9b", "unix:/\\x1b"},
      {"nameless_client", binary('\x21', '\x31', path_field("") + path_field("/run/x")), 2,
       "unix:", "unix:/run/x"},
      {"local_command", binary('\x20', '\x11', ipv4_fields), 2, "", ""},
      {"unspecified", binary('\x21', '\x00', ""), 2, "", ""},
      {"large", binary('\x21', '\x11', ipv4_fields + std::string(16000, 'x')), 2, "192.0.2.1:51257",
       "198.51.100.7:443"},
  };
}

class proxy_header_of : public testing::TestWithParam<good_header> {};

INSTANTIATE_TEST_SUITE_P(, proxy_header_of, testing::ValuesIn(good_headers()),
                         [](const auto& info) { return std::string(info.param.name); });

void expect_read(int fd, const good_header& expected) {
  const proxy_header header = read_proxy_header(fd, in(seconds(10)));
  EXPECT_EQ(header.version, expected.version);
  EXPECT_EQ(header.source, expected.source);
  EXPECT_EQ(header.destination, expected.destination);
  EXPECT_EQ(header.has_client(), !expected.source.empty());
}

TEST_P(proxy_header_of, is_read_and_nothing_behind_it) {
  const descriptor_pair pair = tcp_pair();
  ASSERT_TRUE(write_raw(pair.a.get(), GetParam().bytes + "TLS"));
  expect_read(pair.b.get(), GetParam());
  EXPECT_EQ(read_raw(pair.b.get(), 3), "TLS");
}

TEST_P(proxy_header_of, is_read_byte_by_byte) {
  if (GetParam().bytes.size() > 1000) return;
  const descriptor_pair pair = socket_pair();
  task sending([&] {
    for (const char c : GetParam().bytes + "TLS") {
      EXPECT_TRUE(write_raw(pair.a.get(), std::string(1, c)));
      std::this_thread::yield();
    }
  });
  expect_read(pair.b.get(), GetParam());
  EXPECT_EQ(read_raw(pair.b.get(), 3), "TLS");
}

TEST_P(proxy_header_of, that_is_cut_at_any_byte_is_truncated) {
  const std::string& bytes = GetParam().bytes;
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 40) {
    descriptor_pair pair = socket_pair();
    ASSERT_TRUE(write_raw(pair.a.get(), bytes.substr(0, size)));
    pair.a.reset();
    const ssl_error e = failure_of([&] { read_proxy_header(pair.b.get(), in(seconds(10))); });
    EXPECT_EQ(e.code(), ssl_errc::truncated) << size << ": " << e.what();
    EXPECT_EQ(e.operation(), "proxy header");
  }
}

struct bad_header {
  const char* name;
  std::string bytes, words;
};

void PrintTo(const bad_header& h, std::ostream* out) { *out << h.name; }

std::vector<bad_header> bad_headers() {
  return {
      {"http", "GET / HTTP/1.1\r\n", "is missing: the peer has sent \"GET / HTTP/1.1\\x0d\\x0a\""},
      {"tls", "\x16\x03\x01\x02", "is missing: the peer has sent \"\\x16\\x03\\x01\\x02\""},
      {"short_greeting", "QUIT\r\n", "is missing"},
      {"one_byte", "X", "is missing"},
      {"no_end", "PROXY UNKNOWN " + std::string(100, 'x'), "does not end"},
      {"family", "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n", "cannot be read"},
      {"other_family", "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", "cannot be read"},
      {"ipv4_of_tcp6", "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", "cannot be read"},
      {"address", "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n", "cannot be read"},
      {"nul", "PROXY TCP4 192.0.2.1\0x 192.0.2.2 1 2\r\n"s, "cannot be read"},
      {"port", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n", "cannot be read"},
      {"signed_port", "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n", "cannot be read"},
      {"padded_port", "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", "cannot be read"},
      {"two_blanks", "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n", "cannot be read"},
      {"too_few", "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", "cannot be read"},
      {"too_many", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", "cannot be read"},
      {"version", binary('\x31', '\x11', ipv4_fields), "has version 3"},
      {"command", binary('\x22', '\x11', ipv4_fields), "unknown command 2"},
      {"binary_family", binary('\x21', '\x41', ipv4_fields), "unknown family"},
      {"short_fields", binary('\x21', '\x21', ipv4_fields), "too short"},
      {"length", binary('\x21', '\x11', ipv4_fields + std::string(16400, 'x')), "longer than"},
  };
}

class no_proxy_header : public testing::TestWithParam<bad_header> {};

INSTANTIATE_TEST_SUITE_P(, no_proxy_header, testing::ValuesIn(bad_headers()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(no_proxy_header, is_a_protocol_error_that_shows_what_came) {
  const descriptor_pair pair = tcp_pair();
  ASSERT_TRUE(write_raw(pair.a.get(), GetParam().bytes));
  const ssl_error e = failure_of([&] { read_proxy_header(pair.b.get(), in(seconds(10))); });
  EXPECT_EQ(e.code(), ssl_errc::protocol_error) << e.what();
  EXPECT_TRUE(mentions(e, GetParam().words)) << e.what();
  EXPECT_TRUE(mentions(e, "127.0.0.1:")) << e.what();
}

TEST(proxy_header, that_does_not_come_is_timed_out) {
  const descriptor_pair pair = tcp_pair();
  ASSERT_TRUE(write_raw(pair.a.get(), "PROXY TCP4"));
  const ssl_error e = failure_of([&] { read_proxy_header(pair.b.get(), in(milliseconds(50))); });
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  EXPECT_TRUE(write_raw(pair.b.get(), "still open"));
}

TEST(proxy_header, is_taken_from_those_who_are_trusted_alone) {
  for (const std::vector<std::string>& trusted : std::vector<std::vector<std::string>>{
           {"127.0.0.1"}, {"10.0.0.0/8", "127.0.0.0/8"}, {"0.0.0.0/0"}, {"::ffff:127.0.0.1"}}) {
    const descriptor_pair pair = tcp_pair();
    ASSERT_TRUE(write_raw(pair.a.get(), "PROXY UNKNOWN\r\n"));
    EXPECT_EQ(read_proxy_header(pair.b.get(), in(seconds(10)), trusted).version, 1);
  }
  for (const char* other : {"127.0.0.2", "126.0.0.0/8", "127.0.0.2/31", "2001:db8::/32", "::/0"}) {
    const descriptor_pair pair = tcp_pair();
    const ssl_error e =
        failure_of([&] { read_proxy_header(pair.b.get(), in(seconds(10)), {other}); });
    EXPECT_EQ(e.code(), ssl_errc::protocol_error) << e.what();
    EXPECT_TRUE(mentions(e, "is not among the balancers that are trusted")) << e.what();
  }
}

TEST(proxy_header, is_not_taken_from_a_stranger_who_has_reset_the_connection) {
  descriptor_pair pair = tcp_pair();
  ASSERT_TRUE(write_raw(pair.a.get(), "PROXY TCP4 192.0.2.1 198.51.100.7 51257 443\r\n"));
  reset_connection(std::move(pair.a));
  ASSERT_TRUE(wait_hung_up(pair.b.get()));
  const ssl_error e =
      failure_of([&] { read_proxy_header(pair.b.get(), in(seconds(10)), {"10.0.0.0/8"}); });
  EXPECT_EQ(e.code(), std::errc::connection_reset) << e.what();
  EXPECT_TRUE(mentions(e, "the peer's address is unknown")) << e.what();
}

TEST(proxy_header, is_taken_from_peers_at_a_local_socket_whoever_is_trusted) {
  const descriptor_pair pair = socket_pair();
  ASSERT_TRUE(write_raw(pair.a.get(), "PROXY UNKNOWN\r\n"));
  EXPECT_EQ(read_proxy_header(pair.b.get(), in(seconds(10)), {"10.0.0.0/8"}).version, 1);
}

TEST(proxy_header, of_trusted_balancers_needs_a_socket) {
  const descriptor_pair pair = pipe_pair();
  EXPECT_EQ(failure_of([&] { read_proxy_header(pair.a.get(), in(seconds(1)), {"::/0"}); }).code(),
            std::errc::not_a_socket);
}

TEST(proxy_header, of_what_is_no_network_is_a_wrong_option) {
  for (const char* wrong : {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129"}) {
    const descriptor_pair pair = tcp_pair();
    const ssl_error e =
        failure_of([&] { read_proxy_header(pair.b.get(), in(seconds(1)), {wrong}); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << e.what();
    EXPECT_TRUE(mentions(e, wrong)) << e.what();
  }
}

TEST(proxied_socket, gives_the_addresses_of_the_header_to_its_stream) {
  descriptor_pair pair = tcp_pair();
  ASSERT_TRUE(write_raw(pair.a.get(), good_headers()[0].bytes));
  task client([&] {
    const auto stream = make_stream(role::client, std::move(pair.a), client_options());
    stream->do_handshake();
    EXPECT_EQ(stream->get(), 'x');
    stream->close();
  });
  const proxy_header header = read_proxy_header(pair.b.get(), in(seconds(10)));
  ssl_server_stream stream(proxied_socket(pair.b.get(), header), server_options());
  pair.b.release();
  stream << 'x' << std::flush;
  EXPECT_EQ(stream.peer_address(), "192.0.2.1:51257");
  EXPECT_EQ(stream.local_address(), "198.51.100.7:443");
  stream.close();
  EXPECT_EQ(stream.peer_address(), "192.0.2.1:51257");
}

TEST(proxied_socket, is_named_by_the_header_in_errors) {
  descriptor_pair pair = tcp_pair();
  ssl_server_stream stream(proxied_socket(pair.b.get(), {1, "192.0.2.1:51257", "192.0.2.2:443"}),
                           server_options());
  pair.b.release();
  pair.a.reset();
  try {
    stream.do_handshake();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ssl_error& e) {
    EXPECT_TRUE(mentions(e, "192.0.2.1:51257")) << e.what();
  }
}

// It is a transport that the program has given, so that it, not its descriptor, is what comes back.
TEST(proxied_socket, is_given_back_by_unwrap) {
  descriptor_pair pair = tcp_pair();
  task client([&] {
    const auto stream = make_stream(role::client, std::move(pair.a), client_options());
    stream->close();
  });
  ssl_server_stream stream(proxied_socket(pair.b.get(), {1, "192.0.2.1:51257", "192.0.2.2:443"}),
                           server_options());
  const int fd = pair.b.release();
  const unwrapped_connection rest = stream.unwrap();
  EXPECT_EQ(rest.fd, -1);
  ASSERT_NE(rest.transport, nullptr);
  EXPECT_EQ(rest.transport->fd(), fd);
  EXPECT_EQ(rest.transport->peer_address(), "192.0.2.1:51257");
}

TEST(proxied_socket, has_its_own_addresses_where_there_is_no_client) {
  descriptor_pair pair = tcp_pair();
  ssl_server_stream stream(proxied_socket(pair.b.get(), {2, "", ""}), server_options());
  pair.b.release();
  EXPECT_EQ(stream.peer_address().compare(0, 10, "127.0.0.1:"), 0) << stream.peer_address();
}

TEST(looks_like_tls, is_true_of_a_client_of_tls_and_takes_nothing) {
  descriptor_pair pair = tcp_pair();
  task client(
      [&] { make_stream(role::client, std::move(pair.a), client_options())->do_handshake(); });
  EXPECT_TRUE(looks_like_tls(pair.b.get(), in(seconds(10))));
  const auto stream = make_stream(role::server, std::move(pair.b), server_options());
  stream->do_handshake();
  stream->cancel();
}

TEST(looks_like_tls, is_false_of_text_and_takes_nothing) {
  const descriptor_pair pair = socket_pair();
  ASSERT_TRUE(write_raw(pair.a.get(), "GET /"));
  EXPECT_FALSE(looks_like_tls(pair.b.get(), in(seconds(10))));
  EXPECT_EQ(read_raw(pair.b.get(), 5), "GET /");
}

TEST(looks_like_tls, is_false_of_a_client_that_leaves) {
  descriptor_pair pair = tcp_pair();
  pair.a.reset();
  EXPECT_FALSE(looks_like_tls(pair.b.get(), in(seconds(10))));
}

TEST(looks_like_tls, is_timed_out_by_a_silent_client) {
  const descriptor_pair pair = tcp_pair();
  const ssl_error e = failure_of([&] { looks_like_tls(pair.b.get(), in(milliseconds(50))); });
  EXPECT_EQ(e.code(), ssl_errc::timed_out) << e.what();
  EXPECT_EQ(e.operation(), "looks_like_tls");
}

TEST(looks_like_tls, needs_a_socket) {
  const descriptor_pair pair = pipe_pair();
  EXPECT_EQ(failure_of([&] { looks_like_tls(pair.a.get(), in(seconds(1))); }).code(),
            std::errc::not_a_socket);
  EXPECT_EQ(failure_of([&] { looks_like_tls(-1, in(seconds(1))); }).code(),
            std::errc::bad_file_descriptor);
}

}  // namespace
}  // namespace iostls
