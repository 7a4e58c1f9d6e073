// SPDX-License-Identifier: Apache-2.0
// The owner of a descriptor or a transport: nobody else's is closed, and none is left open.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "memory_transport.hpp"
#include "process.hpp"
#include "socket_calls.hpp"
#include "task.hpp"
#include "tls_peer.hpp"

namespace iostls {
namespace {

using namespace test;

constexpr int often = 100;

connection_options wrong_ciphers() {
  connection_options own;
  own.ciphers = "NO-SUCH-CIPHER";
  return own;
}

context_options without(std::string context_options::*member) {
  context_options options = client_options();
  options.*member = "/nonexistent";
  return options;
}

context_options with_certificate(const pem_source& certificate, const pem_source& key) {
  context_options options;
  options.certificate = certificate;
  options.key = key;
  return options;
}

context_options server_with_encrypted_key() {
  static const issued encrypted = [] {
    leaf_options leaf;
    leaf.password = "secret";
    return test_authority().leaf(leaf);
  }();
  return with_certificate(pem_text(encrypted.certificate), pem_text(encrypted.key));
}

// A constructor that throws, given a descriptor that is fine.
struct refusal {
  const char* name;
  std::function<void(int fd)> construct;
};
void PrintTo(const refusal& r, std::ostream* out) { *out << r.name; }

const std::vector<refusal>& refusals() {
  static const ssl_context server = ssl_context::server(server_options());
  static const ssl_context client = ssl_context::client(client_options());
  static const std::vector<refusal> all = {
      {"server_with_context_of_a_client", [](int fd) { ssl_server_stream s(fd, client); }},
      {"client_with_context_of_a_server", [](int fd) { ssl_client_stream s(fd, server); }},
      {"server_with_wrong_override",
       [](int fd) { ssl_server_stream s(fd, server, wrong_ciphers()); }},
      {"client_with_wrong_override",
       [](int fd) { ssl_client_stream s(fd, client, wrong_ciphers()); }},
      {"client_without_name",
       [](int fd) {
         context_options o = client_options();
         o.server_name.reset();
         ssl_client_stream s(fd, o);
       }},
      {"missing_certificate",
       [](int fd) { ssl_server_stream s(fd, with_certificate("/nonexistent", "/nonexistent")); }},
      {"no_certificate", [](int fd) { ssl_server_stream s(fd, context_options()); }},
      {"certificate_that_is_none",
       [](int fd) { ssl_server_stream s(fd, with_certificate(pem_text("junk"), {})); }},
      {"key_of_another",
       [](int fd) {
         static const issued other = test_authority().leaf();
         ssl_server_stream s(
             fd, with_certificate(pem_text(localhost().certificate), pem_text(other.key)));
       }},
      {"key_without_password",
       [](int fd) { ssl_server_stream s(fd, server_with_encrypted_key()); }},
      {"password_that_throws",
       [](int fd) {
         context_options o = server_with_encrypted_key();
         o.certificate_password = []() -> std::string { throw std::bad_alloc(); };
         ssl_server_stream s(fd, o);
       }},
      {"missing_ca_file",
       [](int fd) { ssl_client_stream s(fd, without(&context_options::ca_file)); }},
      {"missing_ca_directory",
       [](int fd) { ssl_client_stream s(fd, without(&context_options::ca_directory)); }},
      {"missing_crl_file",
       [](int fd) {
         context_options o = client_options();
         o.crl_file = "/nonexistent";
         ssl_client_stream s(fd, o);
       }},
      {"wrong_option",
       [](int fd) {
         context_options o = server_options();
         o.max_depth = -1;
         ssl_server_stream s(fd, o);
       }},
      {"buffer_with_wrong_override", [](int fd) { ssl_streambuf b(fd, server, wrong_ciphers()); }},
  };
  return all;
}

class refusing_constructor : public testing::TestWithParam<refusal> {};

INSTANTIATE_TEST_SUITE_P(, refusing_constructor, testing::ValuesIn(refusals()),
                         [](const auto& info) { return info.param.name; });

TEST_P(refusing_constructor, leaves_the_descriptor_to_its_caller_and_opens_no_other) {
  const descriptor_pair pair = socket_pair();
  const std::size_t before = fd_count();
  for (int i = 0; i != often; ++i) {
    EXPECT_ANY_THROW(GetParam().construct(pair.a.get()));
    ASSERT_TRUE(is_open(pair.a.get()));
  }
  EXPECT_EQ(fd_count(), before);
  EXPECT_TRUE(write_raw(pair.b.get(), "x"));
  EXPECT_EQ(read_raw(pair.a.get(), 1), "x") << "nothing was read, and nothing sent";
}

TEST_P(refusing_constructor, leaves_a_pipe_to_its_caller) {
  const descriptor_pair pair = pipe_pair();
  const std::size_t before = fd_count();
  for (int i = 0; i != often; ++i) EXPECT_ANY_THROW(GetParam().construct(pair.a.get()));
  EXPECT_EQ(fd_count(), before);
  EXPECT_TRUE(is_open(pair.a.get()));
}

TEST(a_descriptor, that_is_not_open_is_refused) {
  const ssl_context context = ssl_context::server(server_options());
  const int closed = socket_pair().a.get();  // the pair is gone by now
  const std::size_t before = fd_count();
  for (int i = 0; i != often; ++i) {
    for (const int fd : {-1, closed}) {
      try {
        const ssl_server_stream s(fd, context);
        ADD_FAILURE() << "nothing was thrown";
      } catch (const ssl_error& e) {
        EXPECT_EQ(e.code(), ssl_errc::system_error);
        EXPECT_EQ(e.code(), std::errc::bad_file_descriptor);
      }
    }
  }
  EXPECT_EQ(fd_count(), before);
}

TEST(a_descriptor, is_closed_with_the_stream_that_took_it_over) {
  const ssl_context context = ssl_context::server(server_options());
  const std::size_t before = fd_count();
  for (int i = 0; i != often; ++i) {
    descriptor_pair pair = socket_pair();
    ssl_server_stream s(pair.a.get(), context);
    EXPECT_EQ(s.rdbuf()->fd(), pair.a.get());
    pair.a.release();
  }
  EXPECT_EQ(fd_count(), before);
}

TEST(a_descriptor, is_closed_after_a_handshake_that_failed) {
  const ssl_context context = ssl_context::server(server_options());
  const std::size_t before = fd_count();
  for (int i = 0; i != often; ++i) {
    descriptor_pair pair = socket_pair();
    ASSERT_TRUE(write_raw(pair.b.get(), "this is no ClientHello\r\n"));
    ssl_server_stream s(pair.a.get(), context);
    pair.a.release();
    EXPECT_THROW(s.do_handshake(), ssl_error);
    pair.b.reset();
  }
  EXPECT_EQ(fd_count(), before);
}

TEST(a_descriptor, is_not_left_by_a_connect_that_failed) {
  const std::string port = std::to_string(listen_on_loopback().port);  // nobody listens any more
  const ssl_context context = ssl_context::client(client_options());
  const std::size_t before = fd_count();
  for (int i = 0; i != often; ++i) {
    const ssl_client_stream s("127.0.0.1", port, context);
    EXPECT_TRUE(s.fail());
    EXPECT_EQ(s.error(), ssl_errc::system_error);
    EXPECT_THROW(ssl_client_stream("127.0.0.1", port, context, wrong_ciphers()), ssl_error);
  }
  EXPECT_EQ(fd_count(), before);
}

TEST(a_transport, is_destroyed_by_a_constructor_that_throws) {
  const ssl_context context = ssl_context::server(server_options());
  const auto script = std::make_shared<transport_script>();
  for (int i = 0; i != often; ++i) {
    EXPECT_THROW(
        ssl_server_stream(faulty_transport(memory_pipe().a, script), context, wrong_ciphers()),
        ssl_error);
    EXPECT_THROW(ssl_client_stream(faulty_transport(memory_pipe().a, script), context), ssl_error);
  }
  EXPECT_EQ(script->alive, 0);
}

template <class Open>
void expect_no_transport(Open open) {
  try {
    open(std::unique_ptr<transport>());
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.operation(), "open");
    EXPECT_NE(std::string(e.what()).find("null"), std::string::npos) << e.what();
  }
}

TEST(a_transport, that_is_none_is_refused) {
  using pointer = std::unique_ptr<transport>;
  const ssl_context server = ssl_context::server(server_options());
  const ssl_context client = ssl_context::client(client_options());
  expect_no_transport([&](pointer none) { ssl_streambuf(std::move(none), server); });
  expect_no_transport([&](pointer none) { ssl_server_stream(std::move(none), server); });
  expect_no_transport([&](pointer none) { ssl_server_stream(std::move(none), server_options()); });
  expect_no_transport([&](pointer none) { ssl_client_stream(std::move(none), client); });
  expect_no_transport([&](pointer none) { ssl_client_stream(std::move(none), client_options()); });
}

TEST(a_transport, is_closed_once_and_destroyed_with_its_stream) {
  const ssl_context context = ssl_context::server(server_options());
  const auto script = std::make_shared<transport_script>();
  for (int i = 0; i != often; ++i) {
    const ssl_server_stream s(faulty_transport(memory_pipe().a, script), context);
    EXPECT_EQ(script->alive, 1);
  }
  EXPECT_EQ(script->alive, 0);
  EXPECT_EQ(script->closes, often);
}

// A transport that takes its time to come back from waiting once it was told to.
struct reluctance {
  std::atomic<bool> wanted{false};  // once the handshake is done
  std::atomic<int> inside{0};
  std::atomic<bool> closed{false}, closed_under_hands{false};
};

class reluctant_transport : public socket_transport {
 public:
  reluctant_transport(int fd, reluctance& state) : socket_transport(fd), state_(state) {}

  std::error_code wait(event what, time_point deadline) noexcept override {
    const bool wanted = state_.wanted;
    if (wanted) ++state_.inside;
    const std::error_code result = socket_transport::wait(what, deadline);
    for (int i = 0; wanted && i != 100 && !state_.closed; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (wanted) --state_.inside;
    return result;
  }

  std::error_code close() noexcept override {
    if (state_.inside != 0) state_.closed_under_hands = true;
    state_.closed = true;
    return socket_transport::close();
  }

 private:
  reluctance& state_;
};

TEST(closing, waits_until_the_thread_that_reads_has_left_the_transport) {
  reluctance state;
  descriptor_pair pair = tcp_pair();
  tls_peer peer(std::move(pair.a), client_peer(tls_version::tls1_3));
  const auto stream =
      make_stream(role::server, std::make_unique<reluctant_transport>(pair.b.release(), state),
                  server_options(tls_version::tls1_3));
  task hands([&] { EXPECT_TRUE(peer.handshake()) << peer.error(); });
  stream->do_handshake();
  hands.join();
  state.wanted = true;
  ssl_duplex both(*stream);
  task reader([&] { both.in().get(); });
  while (state.inside == 0) std::this_thread::yield();
  stream->close();
  reader.join();
  EXPECT_TRUE(state.closed);
  EXPECT_FALSE(state.closed_under_hands);
}

}  // namespace
}  // namespace iostls
