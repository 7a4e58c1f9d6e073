// SPDX-License-Identifier: Apache-2.0
// A program's own classes that are derived from the streams, by all constructors that these have.
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "memory_transport.hpp"
#include "process.hpp"
#include "socket_calls.hpp"
#include "task.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

// With a line that belongs to it, as a protocol's class might have.
template <class Base>
class derived : public Base {
 public:
  using Base::Base;
  derived() = default;
  // The compiler's own would have to copy the virtual base std::ios.
  derived(derived&& other) : Base(std::move(other)), line_(std::move(other.line_)) {}
  derived& operator=(derived&&) = default;

  bool hear() { return static_cast<bool>(std::getline(*this, line_)); }
  void say(const std::string& line) { *this << line << std::endl; }
  const std::string& line() const { return line_; }

 private:
  std::string line_;
};

using derived_server = derived<ssl_server_stream>;
using derived_client = derived<ssl_client_stream>;

template <class Stream>
struct way {
  const char* name;
  std::function<Stream(int fd)> make;
};
template <class Stream>
void PrintTo(const way<Stream>& w, std::ostream* out) {
  *out << w.name;
}

std::unique_ptr<transport> transport_on(int fd) { return std::make_unique<socket_transport>(fd); }

template <class Stream>
std::vector<way<Stream>> ways(const ssl_context& context, const context_options& options) {
  return {
      {"of_a_descriptor_and_a_context", [=](int fd) { return Stream(fd, context); }},
      {"of_a_descriptor_a_context_and_options",
       [=](int fd) { return Stream(fd, context, connection_options()); }},
      {"of_a_descriptor_and_options", [=](int fd) { return Stream(fd, options); }},
      {"of_a_transport_and_a_context", [=](int fd) { return Stream(transport_on(fd), context); }},
      {"of_a_transport_a_context_and_options",
       [=](int fd) { return Stream(transport_on(fd), context, connection_options()); }},
      {"of_a_transport_and_options", [=](int fd) { return Stream(transport_on(fd), options); }},
  };
}

std::vector<way<derived_server>> server_ways() {
  return ways<derived_server>(ssl_context::server(server_options()), server_options());
}

std::vector<way<derived_client>> client_ways() {
  return ways<derived_client>(ssl_context::client(client_options()), client_options());
}

void expect_answer(derived_client& client, derived_server& server) {
  task serving([&] {
    EXPECT_TRUE(server.hear()) << server.error().message();
    server.say("you said: " + server.line());
  });
  client.say("hello");
  EXPECT_TRUE(client.hear()) << client.error().message();
  EXPECT_EQ(client.line(), "you said: hello");
  serving.join();
  task closing([&] { server.close(); });
  client.close();
  closing.join();
  EXPECT_TRUE(client.good() && server.good());
}

template <class Way>
std::string name_of(const testing::TestParamInfo<Way>& info) {
  return info.param.name;
}

class derived_server_stream : public testing::TestWithParam<way<derived_server>> {};

TEST_P(derived_server_stream, talks_as_its_base_does) {
  descriptor_pair pair = socket_pair();
  derived_server server = GetParam().make(pair.a.release());
  derived_client client(pair.b.release(), client_options());
  expect_answer(client, server);
}

INSTANTIATE_TEST_SUITE_P(, derived_server_stream, testing::ValuesIn(server_ways()),
                         name_of<way<derived_server>>);

class derived_client_stream : public testing::TestWithParam<way<derived_client>> {};

TEST_P(derived_client_stream, talks_as_its_base_does) {
  descriptor_pair pair = socket_pair();
  derived_client client = GetParam().make(pair.a.release());
  derived_server server(pair.b.release(), server_options());
  expect_answer(client, server);
}

INSTANTIATE_TEST_SUITE_P(, derived_client_stream, testing::ValuesIn(client_ways()),
                         name_of<way<derived_client>>);

class derived_buffer : public ssl_streambuf {
 public:
  using ssl_streambuf::overflow;
  using ssl_streambuf::ssl_streambuf;
};

TEST(derived_streambuf, sends_what_it_holds_when_it_overflows_with_nothing) {
  descriptor_pair pair = socket_pair();
  derived_buffer buffer(pair.a.release(), ssl_context::client(client_options()),
                        connection_options());
  derived_server server(pair.b.release(), server_options());
  task serving([&] { EXPECT_TRUE(server.hear()) << server.error().message(); });
  EXPECT_EQ(buffer.sputn("hello\n", 6), 6);
  EXPECT_NE(buffer.overflow(EOF), EOF);
  serving.join();
  EXPECT_EQ(server.line(), "hello");
  buffer.cancel();
  EXPECT_EQ(thrown_by([&] { buffer.overflow('x'); }).code(), ssl_errc::canceled);
}

TEST(derived_streambuf, that_was_moved_from_is_closed_and_can_be_asked) {
  descriptor_pair pair = socket_pair();
  derived_buffer first(pair.a.release(), ssl_context::client(client_options()),
                       connection_options());
  derived_buffer second(std::move(first));
  EXPECT_TRUE(second.is_open());
  EXPECT_FALSE(first.is_open());
  EXPECT_FALSE(first.error());
  EXPECT_EQ(first.last_error(), nullptr);
  EXPECT_EQ(first.expiry(), (ssl_stream::time_point::max)());
  first.cancel();
  const derived_buffer third(std::move(first));
  EXPECT_FALSE(third.is_open());
  pair.b.reset();
}

class derived_streams : public testing::Test {
 protected:
  static void accept_and_answer(tcp_listener& at) {
    derived_server server(at.accept(), server_options());
    if (server.hear()) server.say("you said: " + server.line());
    server.clear();
    server.close();
  }

  // Of what dials to a server of ours.
  template <class... Options>
  std::string answer(const Options&... options) {
    task serving([this] { accept_and_answer(port_); });
    derived_client client("localhost", std::to_string(port_.port()), options...);
    client.say("hello");
    client.hear();
    const std::string heard = client ? client.line() : client.error().message();
    client.clear();
    client.close();
    return heard;
  }

  tcp_listener port_{"127.0.0.1"};
};

TEST_F(derived_streams, dial) {
  const ssl_context context = ssl_context::client(client_options());
  EXPECT_EQ(answer(client_options()), "you said: hello");
  EXPECT_EQ(answer(context), "you said: hello");
  EXPECT_EQ(answer(context, connection_options()), "you said: hello");
}

TEST_F(derived_streams, dial_without_a_limit_of_time) {
  context_options endless = client_options();
  endless.handshake_timeout = std::chrono::milliseconds(0);
  EXPECT_EQ(answer(endless), "you said: hello");
}

TEST_F(derived_streams, that_are_open_dial_anew) {
  descriptor_pair pair = socket_pair();
  derived_client client(pair.a.release(), client_options());
  pair.b.reset();
  derived_server server(ssl_context::server(server_options()));
  task serving([&] {
    server.accept(port_.accept());
    EXPECT_TRUE(server.hear()) << server.error().message();
    server.say("you said: " + server.line());
    server.close();
  });
  client.connect("localhost", std::to_string(port_.port()), client_options());
  EXPECT_TRUE(client.good()) << client.error().message();
  client.say("hello");
  EXPECT_TRUE(client.hear()) << client.error().message();
  EXPECT_EQ(client.line(), "you said: hello");
}

TEST_F(derived_streams, do_the_handshake_when_they_are_asked_for_their_session) {
  descriptor_pair pair = socket_pair();
  context_options options = client_options(tls_version::tls1_2);
  derived_client client(pair.a.release(), options);
  derived_server server(pair.b.release(), server_options());
  task serving([&] { server.do_handshake(); });
  EXPECT_TRUE(client.session());
  serving.join();
  expect_answer(client, server);
}

TEST_F(derived_streams, that_dial_without_options_verify) {
  EXPECT_EQ(answer(), make_error_code(ssl_errc::certificate_rejected).message());
}

TEST_F(derived_streams, take_their_conversation_along_when_they_move) {
  descriptor_pair pair = socket_pair();
  derived_client first(pair.a.release(), client_options());
  derived_server other(pair.b.release(), server_options());
  derived_client client(std::move(first));
  derived_server server;
  server = std::move(other);
  EXPECT_FALSE(first.is_open());
  EXPECT_FALSE(other.is_open());
  expect_answer(client, server);
  derived_client assigned;
  assigned = std::move(client);
  EXPECT_EQ(assigned.line(), "you said: hello");
}

TEST_F(derived_streams, swap_their_conversations) {
  descriptor_pair pair = socket_pair();
  derived_client open(pair.a.release(), client_options()), closed;
  derived_server peer(pair.b.release(), server_options()), none;
  swap(open, closed);
  swap(peer, none);
  EXPECT_FALSE(open.is_open() || peer.is_open());
  expect_answer(closed, none);
}

// What a child does with the stream of its parent; 0 if the child gets nowhere with it.
int use_inherited(derived_client& client) {
  if (client.get() != EOF || client.error() != ssl_errc::closed) return 1;
  client.clear();
  client << "x" << std::flush;
  if (client.good()) return 2;
  client.clear();
  if (thrown_by([&] { client.session(); }).code() != ssl_errc::closed) return 3;
  client.clear();
  client.shutdown_write();
  client.clear();
  client.close();
  return client.is_open() ? 4 : 0;
}

TEST_F(derived_streams, are_of_no_use_to_a_child_and_go_on_in_the_parent) {
  descriptor_pair pair = socket_pair();
  derived_client client(pair.a.release(), client_options());
  derived_server server(pair.b.release(), server_options());
  task serving([&] { server.do_handshake(); });
  client.do_handshake();
  serving.join();
  EXPECT_EQ(run_in_child([&] { return use_inherited(client); }), (child_result{0, 0}));
  expect_answer(client, server);
}

// What a constructor throws, and whether the descriptor is open afterwards.
template <class Make>
void expect_thrown(Make make) {
  const descriptor_pair pair = socket_pair();
  const int fd = pair.a.get();
  const ssl_error e = thrown_by([&] { make(fd); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << e.what();
  EXPECT_TRUE(is_open(fd)) << "the descriptor was closed";
}

template <class Stream>
void expect_wrong_options_to_be_thrown(const ssl_context& context, const ssl_context& of_other_role,
                                       context_options options) {
  connection_options wrong;
  wrong.ciphers = "NO-SUCH-CIPHER";
  options.ciphers = wrong.ciphers;
  expect_thrown([&](int fd) { Stream(fd, context, wrong); });
  expect_thrown([&](int fd) { Stream(fd, of_other_role); });
  expect_thrown([&](int fd) { Stream(fd, options); });
  const auto transport_error = [](const auto& make) {
    memory_pair pipe = memory_pipe();
    return thrown_by([&] { make(std::move(pipe.a)); }).code();
  };
  using transport = std::unique_ptr<transport>;
  EXPECT_EQ(transport_error([&](transport c) { Stream(std::move(c), context, wrong); }),
            ssl_errc::bad_configuration);
  EXPECT_EQ(transport_error([&](transport c) { Stream(std::move(c), of_other_role); }),
            ssl_errc::bad_configuration);
  EXPECT_EQ(transport_error([&](transport c) { Stream(std::move(c), options); }),
            ssl_errc::bad_configuration);
}

TEST_F(derived_streams, throw_of_wrong_options_and_leave_the_descriptor) {
  const ssl_context server = ssl_context::server(server_options());
  const ssl_context client = ssl_context::client(client_options());
  expect_wrong_options_to_be_thrown<derived_server>(server, client, server_options());
  expect_wrong_options_to_be_thrown<derived_client>(client, server, client_options());
}

TEST_F(derived_streams, that_dial_throw_of_wrong_options) {
  const ssl_context client = ssl_context::client(client_options());
  context_options wrong = client_options();
  wrong.ciphers = "NO-SUCH-CIPHER";
  connection_options own;
  own.ciphers = wrong.ciphers;
  const std::string service = std::to_string(port_.port());
  EXPECT_EQ(thrown_by([&] { derived_client("localhost", service, wrong); }).code(),
            ssl_errc::bad_configuration);
  EXPECT_EQ(thrown_by([&] { derived_client("localhost", service, client, own); }).code(),
            ssl_errc::bad_configuration);
  EXPECT_EQ(thrown_by([&] { derived_client("local host", service); }).code(),
            ssl_errc::bad_configuration);
}

TEST_F(derived_streams, that_reach_nobody_are_not_good) {
  const std::string service = std::to_string(port_.port());
  port_.close();
  derived_client client("127.0.0.1", service);
  EXPECT_TRUE(client.fail());
  EXPECT_EQ(client.error(), std::make_error_condition(std::errc::connection_refused));
}

}  // namespace
}  // namespace test
}  // namespace iostls
