// SPDX-License-Identifier: Apache-2.0
// Where the two sides of a connection are: what a stream reports, also in its errors.
#include <chrono>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "files.hpp"
#include "memory_transport.hpp"
#include "system/socket_address.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using detail::socket_address;
using std::chrono::milliseconds;

context_options impatient(context_options o) {
  o.handshake_timeout = milliseconds(50);
  o.close_timeout = milliseconds(0);
  return o;
}

// Something that listens and never sends a byte.
std::string failure_to_connect(const listening& silent, context_options options) {
  ssl_client_stream s("127.0.0.1", std::to_string(silent.port), impatient(std::move(options)));
  try {
    s.do_handshake();
  } catch (const ssl_error& e) {
    return e.what();
  }
  return "no failure";
}

TEST(peer_address, is_known_as_long_as_the_stream_exists) {
  descriptor_pair pair = tcp_pair();
  const std::string ours = socket_address::of_local(pair.a.get()).text();
  const std::string theirs = socket_address::of_local(pair.b.get()).text();
  const auto s = make_stream(role::client, std::move(pair.a), impatient(client_options()));
  EXPECT_EQ(s->peer_address(), theirs);
  EXPECT_EQ(s->local_address(), ours);
  EXPECT_EQ(s->rdbuf()->peer_address(), theirs);
  EXPECT_EQ(s->rdbuf()->local_address(), ours);
  s->close();
  EXPECT_FALSE(s->is_open());
  EXPECT_EQ(s->peer_address(), theirs);
  EXPECT_EQ(s->local_address(), ours);
}

TEST(peer_address, is_known_after_a_reset) {
  descriptor_pair pair = tcp_pair();
  const std::string theirs = socket_address::of_local(pair.a.get()).text();
  const auto s = make_stream(role::server, std::move(pair.b), impatient(server_options()));
  reset_connection(std::move(pair.a));
  const ssl_error e = thrown_by([&] { s->do_handshake(); });
  EXPECT_EQ(e.code(), std::errc::connection_reset);
  EXPECT_EQ(s->peer_address(), theirs);
  EXPECT_TRUE(mentions(e, theirs)) << e.what();
}

TEST(peer_address, goes_along_when_a_stream_moves) {
  descriptor_pair pair = tcp_pair();
  const std::string theirs = socket_address::of_local(pair.a.get()).text();
  ssl_server_stream s(pair.b.release(), impatient(server_options()));
  ssl_server_stream moved(std::move(s));
  EXPECT_EQ(moved.peer_address(), theirs);
  EXPECT_EQ(s.peer_address(), "");
}

TEST(peer_address, is_empty_where_there_is_none) {
  EXPECT_EQ(ssl_client_stream().peer_address(), "");
  EXPECT_EQ(ssl_client_stream().local_address(), "");
  EXPECT_EQ(ssl_streambuf().peer_address(), "");
  descriptor_pair pair = socket_pair();
  const auto s = make_stream(role::client, std::move(pair.a), impatient(client_options()));
  EXPECT_EQ(s->peer_address(), "");
  EXPECT_EQ(s->local_address(), "");
}

TEST(peer_address, of_a_local_socket_is_its_path) {
  const temp_dir folder;
  const std::string path = folder / "s";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  const descriptor listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(listener.get(), generic, sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  descriptor fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::connect(fd.get(), generic, sizeof address), 0);
  const auto s = make_stream(role::client, std::move(fd), impatient(client_options()));
  EXPECT_EQ(s->peer_address(), "unix:" + path);
  EXPECT_EQ(s->local_address(), "");
}

TEST(failure, of_a_dialed_stream_names_what_was_dialed_and_the_address) {
  const listening silent = listen_on_loopback();
  const std::string port = std::to_string(silent.port);
  const std::string what = failure_to_connect(silent, client_options());
  EXPECT_EQ(what.find("iostls: handshake: timed out: 127.0.0.1:" + port), 0u) << what;
}

TEST(failure, of_a_client_on_a_descriptor_names_the_server_and_its_address) {
  descriptor_pair pair = tcp_pair();
  const std::string theirs = socket_address::of_local(pair.b.get()).text();
  const auto s = make_stream(role::client, std::move(pair.a), impatient(client_options()));
  const ssl_error e = thrown_by([&] { s->do_handshake(); });
  EXPECT_TRUE(mentions(e, "timed out: localhost (" + theirs + ")")) << e.what();
}

TEST(failure, of_a_server_names_the_clients_address) {
  descriptor_pair pair = tcp_pair();
  const std::string theirs = socket_address::of_local(pair.a.get()).text();
  const auto s = make_stream(role::server, std::move(pair.b), impatient(server_options()));
  const ssl_error e = thrown_by([&] { s->do_handshake(); });
  EXPECT_TRUE(mentions(e, "timed out: " + theirs)) << e.what();
}

TEST(failure, names_the_server_where_there_is_no_socket) {
  memory_pair ends = memory_pipe();
  const auto s = make_stream(role::client, std::move(ends.a), impatient(client_options()));
  const ssl_error e = thrown_by([&] { s->do_handshake(); });
  EXPECT_TRUE(mentions(e, "timed out: localhost")) << e.what();
}

TEST(failure, after_the_handshake_names_the_peer_too) {
  const auto d = started({role::server, tls_version::tls1_3},
                         [](context_options& o) { o.close_timeout = milliseconds(0); });
  d->peer().half_close();
  d->stream().get();
  ASSERT_NE(d->stream().last_error(), nullptr);
  EXPECT_TRUE(mentions(*d->stream().last_error(), d->stream().peer_address()));
}

TEST(failure, of_what_this_side_has_done_names_nobody) {
  descriptor_pair pair = tcp_pair();
  const auto s = make_stream(role::server, std::move(pair.b), impatient(server_options()));
  s->cancel();
  const ssl_error e = thrown_by([&] { s->do_handshake(); });
  EXPECT_STREQ(e.what(), "iostls: handshake: canceled");
}

}  // namespace
}  // namespace test
}  // namespace iostls
