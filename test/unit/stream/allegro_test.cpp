// SPDX-License-Identifier: Apache-2.0
// What programs know from Allegro CL's make-ssl-server-stream and its family.
#include <chrono>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "dialogue.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Else a test would wait for its silent peer in the end.
void close_at_once(context_options& o) { o.close_timeout = milliseconds(0); }

class allegro : public testing::TestWithParam<variant> {
 protected:
  role end() const { return GetParam().stream; }
  context_options options() const { return stream_options(end(), GetParam().version); }
};

INSTANTIATE_TEST_SUITE_P(, allegro, all_variants(), variant_name);

bool handshake_was_done(ssl_stream& s) {
  return SSL_is_init_finished(native_handle(*s.rdbuf())) == 1;
}

ssl_context context_for(role r, const context_options& options) {
  return r == role::server ? ssl_context::server(options) : ssl_context::client(options);
}

std::unique_ptr<ssl_stream> stream_of(role r, int fd, const ssl_context& context,
                                      const connection_options& own = {}) {
  if (r == role::server) return std::make_unique<ssl_server_stream>(fd, context, own);
  return std::make_unique<ssl_client_stream>(fd, context, own);
}

TEST_P(allegro, close_closes_the_descriptor) {
  const auto d = started(GetParam(), close_at_once);
  const int fd = d->stream().rdbuf()->fd();
  ASSERT_TRUE(is_open(fd));
  task peer([&] { d->answer_close(); });
  d->stream().close();
  EXPECT_FALSE(is_open(fd));
  EXPECT_FALSE(d->stream().is_open());
  EXPECT_TRUE(d->stream().good());
}

TEST_P(allegro, the_destructor_closes_the_descriptor) {
  const auto d = started(GetParam(), close_at_once);
  const int fd = d->stream().rdbuf()->fd();
  task peer([&] { d->answer_close(); });
  d->destroy_stream();
  EXPECT_FALSE(is_open(fd));
}

TEST_P(allegro, a_descriptor_is_closed_once_only) {
  const auto d = started(GetParam(), close_at_once);
  const int fd = d->stream().rdbuf()->fd();
  d->stream().close();
  const descriptor stranger = stranger_at(fd);
  ASSERT_EQ(stranger.get(), fd) << "the number was not free";
  d->stream().close();
  EXPECT_TRUE(is_open(fd));
  d->destroy_stream();
  EXPECT_TRUE(is_open(fd));
}

// The constructor throws the kind; the descriptor is then as it was, and nothing was sent.
template <class Construct>
void expect_still_the_callers(ssl_errc kind, Construct construct) {
  const descriptor_pair pair = socket_pair();
  try {
    construct(pair.b.get());
    ADD_FAILURE() << "no exception";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), kind) << e.what();
  }
  ASSERT_TRUE(is_open(pair.b.get()));
  EXPECT_FALSE(wait_readable(pair.a.get(), milliseconds(0)));
  EXPECT_TRUE(write_raw(pair.b.get(), "mine"));
  EXPECT_EQ(read_raw(pair.a.get(), 4), "mine");
}

TEST_P(allegro, the_caller_keeps_the_descriptor_when_an_option_is_wrong) {
  const ssl_context context = context_for(end(), options());
  expect_still_the_callers(ssl_errc::bad_configuration, [&](int fd) {
    connection_options own;
    own.ciphers = "NO_SUCH_CIPHER";
    stream_of(end(), fd, context, own);
  });
  expect_still_the_callers(ssl_errc::bad_configuration, [&](int fd) {
    connection_options own;
    own.read_timeout = milliseconds(-1);
    stream_of(end(), fd, context, own);
  });
}

TEST_P(allegro, the_caller_keeps_the_descriptor_when_the_context_is_of_the_other_role) {
  const role other = end() == role::server ? role::client : role::server;
  const ssl_context context = context_for(other, stream_options(other, GetParam().version));
  expect_still_the_callers(ssl_errc::bad_configuration,
                           [&](int fd) { stream_of(end(), fd, context); });
}

TEST_P(allegro, the_caller_keeps_the_descriptor_when_credentials_are_wrong) {
  expect_still_the_callers(ssl_errc::bad_credentials, [&](int fd) {
    context_options wrong = options();
    wrong.certificate = "/no/such/file.pem";
    if (end() == role::server) {
      ssl_server_stream(fd, wrong);
    } else {
      ssl_client_stream(fd, wrong);
    }
  });
}

TEST_P(allegro, what_is_no_descriptor_is_refused) {
  const ssl_context context = context_for(end(), options());
  descriptor_pair pair = socket_pair();
  const int closed = pair.b.get();
  pair.b.reset();
  for (const int fd : {-1, closed}) {
    try {
      stream_of(end(), fd, context);
      ADD_FAILURE() << "no exception for " << fd;
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.code(), ssl_errc::system_error) << e.what();
      EXPECT_EQ(e.code(), std::errc::bad_file_descriptor) << e.what();
    }
  }
}

// certificate, key, ca_file ... beside a context are a mistake that does not compile.
TEST(allegro_credentials, belong_into_a_context) {
  static_assert(!std::is_constructible<ssl_server_stream, int, const ssl_context&,
                                       const context_options&>::value,
                "a server");
  static_assert(!std::is_constructible<ssl_client_stream, int, const ssl_context&,
                                       const context_options&>::value,
                "a client");
  static_assert(std::is_constructible<ssl_server_stream, int, const ssl_context&,
                                      const connection_options&>::value,
                "what a connection may have of its own");
}

TEST_P(allegro, construction_does_no_handshake) {
  dialogue d(GetParam(), close_at_once);
  EXPECT_FALSE(wait_readable(d.peer().fd(), milliseconds(0)));
  EXPECT_FALSE(handshake_was_done(d.stream()));
}

TEST_P(allegro, the_first_input_does_the_handshake) {
  dialogue d(GetParam(), close_at_once);
  task peer([&] { EXPECT_TRUE(d.peer().write("x")) << d.peer().error(); });
  EXPECT_EQ(d.stream().get(), 'x');
  EXPECT_TRUE(handshake_was_done(d.stream()));
}

TEST_P(allegro, the_first_output_does_the_handshake) {
  dialogue d(GetParam(), close_at_once);
  task peer([&] { EXPECT_EQ(d.peer().read_some(), "x") << d.peer().error(); });
  d.stream() << 'x' << std::flush;
  EXPECT_TRUE(handshake_was_done(d.stream()));
  EXPECT_TRUE(d.stream().good());
}

TEST_P(allegro, do_handshake_does_it_at_once_and_only_once) {
  const auto d = started(GetParam(), close_at_once);
  EXPECT_TRUE(handshake_was_done(d->stream()));
  // The peer takes no part in the second one.
  EXPECT_NO_THROW(d->stream().do_handshake());
  EXPECT_TRUE(d->stream().good());
  EXPECT_FALSE(d->stream().error());
  d->stream() << "x" << std::flush;
  EXPECT_EQ(d->peer().read_some(), "x");
}

// What no I/O operator does: throw whatever exceptions() is.
template <class Operation>
void expect_badbit_and_exception(const variant& v, Operation operation) {
  for (const std::ios::iostate mask : {std::ios::goodbit, std::ios::failbit, std::ios::badbit}) {
    dialogue d(v, close_at_once);
    d.stream().exceptions(mask);
    ASSERT_TRUE(d.peer().send_raw("this is not TLS at all"));
    try {
      operation(d.stream());
      ADD_FAILURE() << "no exception with mask " << mask;
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.code(), ssl_errc::protocol_error) << e.what();
      EXPECT_EQ(e.operation(), "handshake");
    }
    EXPECT_TRUE(d.stream().bad());
    EXPECT_EQ(d.stream().error(), ssl_errc::protocol_error);
  }
}

TEST_P(allegro, a_failing_do_handshake_sets_badbit_and_throws_anyway) {
  expect_badbit_and_exception(GetParam(), [](ssl_stream& s) { s.do_handshake(); });
}

TEST_P(allegro, a_failing_peer_certificate_sets_badbit_and_throws_anyway) {
  expect_badbit_and_exception(GetParam(), [](ssl_stream& s) { s.peer_certificate(); });
}

TEST_P(allegro, a_failing_info_sets_badbit_and_throws_anyway) {
  expect_badbit_and_exception(GetParam(), [](ssl_stream& s) { s.info(); });
}

TEST_P(allegro, a_context_may_go_before_its_streams) {
  descriptor_pair pair = socket_pair();
  tls_peer other(std::move(pair.a), peer_of(end(), GetParam().version));
  std::unique_ptr<ssl_stream> stream;
  {
    const ssl_context context = context_for(end(), options());
    stream = stream_of(end(), pair.b.release(), context);
  }
  task peer([&] {
    EXPECT_TRUE(other.write("x")) << other.error();
    other.close_notify();
    other.half_close();
  });
  EXPECT_EQ(stream->get(), 'x');
  stream->close();
  EXPECT_TRUE(stream->good());
}

// Greets, and expects to be greeted.
void converse(ssl_stream& s, int number) {
  std::string line;
  s << "hello " << number << std::endl;
  EXPECT_TRUE(std::getline(s, line)) << s.error().message();
  EXPECT_EQ(line, "hello " + std::to_string(number));
}

TEST(allegro_contexts, are_shared_by_streams_and_threads) {
  const ssl_context server_context = ssl_context::server(server_options());
  const ssl_context client_context = ssl_context::client(client_options());
  std::vector<std::unique_ptr<task>> tasks;
  for (int t = 0; t != 4; ++t) {
    tasks.push_back(std::make_unique<task>([&, t] {
      for (int i = 0; i != 8; ++i) {
        descriptor_pair pair = socket_pair();
        ssl_server_stream server(pair.a.release(), server_context);
        ssl_client_stream client(pair.b.release(), client_context);
        const int number = 8 * t + i;
        task other_end([&] {
          converse(server, number);
          server.close();
        });
        converse(client, number);
        client.close();
        EXPECT_TRUE(client.good());
      }
    }));
  }
}

TEST_P(allegro, peer_certificate_does_the_handshake_by_itself) {
  dialogue d(GetParam(), close_at_once);
  task peer([&] { EXPECT_TRUE(d.peer().handshake()) << d.peer().error(); });
  const certificate c = d.stream().peer_certificate();
  EXPECT_TRUE(handshake_was_done(d.stream()));
  if (end() == role::client) {
    ASSERT_TRUE(c);
    EXPECT_EQ(c.pem(), certificate::from_pem(localhost().certificate).pem());
  } else {
    EXPECT_FALSE(c) << "the client has none";
    EXPECT_EQ(c.subject(), "");
  }
}

TEST(allegro_server, has_the_certificate_that_the_client_sent) {
  context_options options = server_options();
  options.verify = verify_mode::required;
  options.ca_certificates = pem_text(test_authority().certificate());
  peer_options client = client_peer();
  client.certificate = localhost().certificate;
  client.key = localhost().key;
  descriptor_pair pair = socket_pair();
  tls_peer other(std::move(pair.a), client);
  const auto stream = make_stream(role::server, std::move(pair.b), options);
  task peer([&] { EXPECT_TRUE(other.handshake()) << other.error(); });
  const certificate c = stream->peer_certificate();
  ASSERT_TRUE(c);
  EXPECT_EQ(c.subject(), "CN=localhost");
  EXPECT_TRUE(stream->info().verified);
  peer.join();
  other.close();
}

TEST_P(allegro, info_does_the_handshake_by_itself) {
  dialogue d(GetParam(), close_at_once);
  task peer([&] { EXPECT_TRUE(d.peer().handshake()) << d.peer().error(); });
  const connection_info info = d.stream().info();
  peer.join();
  EXPECT_TRUE(handshake_was_done(d.stream()));
  EXPECT_EQ(info.protocol, SSL_get_version(d.peer().ssl()));
  EXPECT_EQ(info.cipher, SSL_get_cipher_name(d.peer().ssl()));
  EXPECT_EQ(info.server_name, "localhost");
}

TEST(allegro_server_name, is_sent_and_checked) {
  const auto d = started({role::client, tls_version::tls1_3}, close_at_once);
  EXPECT_STREQ(SSL_get_servername(d->peer().ssl(), TLSEXT_NAMETYPE_host_name), "localhost");
  EXPECT_TRUE(d->stream().info().verified);
}

// Neither end can go on before the other one does.
TEST_P(allegro, two_ends_in_one_thread_fail_instead_of_hanging) {
  const milliseconds limit(100);
  descriptor_pair pair = socket_pair();
  context_options server = server_options(GetParam().version);
  context_options client = client_options(GetParam().version);
  server.handshake_timeout = client.handshake_timeout = limit;
  server.close_timeout = client.close_timeout = milliseconds(0);
  const auto server_stream = make_stream(role::server, std::move(pair.a), server);
  const auto client_stream = make_stream(role::client, std::move(pair.b), client);
  ssl_stream& first = end() == role::server ? *server_stream : *client_stream;
  const auto start = steady_clock::now();
  EXPECT_EQ(first.get(), std::char_traits<char>::eof());
  EXPECT_GE(steady_clock::now() - start, limit);
  EXPECT_LT(steady_clock::now() - start, seconds(10));
  EXPECT_TRUE(first.bad());
  EXPECT_EQ(first.error(), ssl_errc::timed_out) << first.error().message();
}

}  // namespace
}  // namespace iostls
