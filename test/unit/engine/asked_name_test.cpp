// SPDX-License-Identifier: Apache-2.0
// The name that a client asks for (SNI) reaches functions of the program, and its logs, before
// anything is known of the client: it forges nothing there.
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "memory_transport.hpp"
#include "raw_hello.hpp"

namespace iostls {
namespace test {
namespace {

std::string hello_for(const std::string& name) {
  return in_records(raw_hello(hello_extension(0, block(std::string(1, '\0') + block(name, 2), 2))));
}

// What a server made of a client that asked for a name and went away.
struct reception {
  std::vector<std::string> asked;     // of on_client_hello
  std::vector<std::string> reported;  // by on_handshake
  std::string what;
  std::string answer;  // the bytes
};

bool is_refused_as_unrecognized(const reception& r) {
  return r.answer == std::string("\x15\x03\x03\x00\x02\x02\x70", 7);
}

std::string all_input(transport& from) {
  std::string all;
  char bytes[4096];
  for (;;) {
    const io_result got = from.read_some(bytes, sizeof bytes);
    if (got.count == 0) return all;
    all.append(bytes, got.count);
  }
}

reception receive(const std::string& hello, bool with_hook, client_hello_answer answer = {}) {
  reception r;
  context_options options = server_options();
  if (with_hook) {
    options.on_client_hello = [&](const client_hello& h) {
      r.asked.push_back(h.server_name);
      return answer;
    };
  }
  options.on_handshake = [&](const handshake_event& e) {
    r.reported.push_back(e.info.server_name);
  };
  memory_pair ends = memory_pipe(1 << 20);
  require(ends.b->write_some(hello.data(), hello.size()).count == hello.size(), "write_some");
  ends.b->shutdown_write();
  ssl_server_stream stream(std::move(ends.a), ssl_context::server(options));
  r.what = thrown_by([&] { stream.do_handshake(); }).what();
  r.answer = all_input(*ends.b);
  return r;
}

struct unfit_name {
  const char* words;
  std::string name;
};

void PrintTo(const unfit_name& n, std::ostream* out) { *out << n.words; }

const unfit_name unfit_names[] = {
    {"line_break", "host\n2026-01-01 root logged in"},
    {"carriage_return", "host\rroot"},
    {"escape", "\x1b[2Jhost"},
    {"nul", std::string("host\0.example.org", 17)},
    {"delete", "host\x7f"},
    {"space", "host root"},
    {"c1_control", "host\xc2\x9b"},
    {"bidi", "host\xe2\x80\xae"},
    {"too_long", std::string(256, 'a')},
    {"much_too_long", std::string(12000, '\n')},
};

class unfit_asked_name : public testing::TestWithParam<unfit_name> {};

INSTANTIATE_TEST_SUITE_P(, unfit_asked_name, testing::ValuesIn(unfit_names),
                         [](const auto& info) { return std::string(info.param.words); });

TEST_P(unfit_asked_name, is_refused_before_a_function_is_asked) {
  const reception r = receive(hello_for(GetParam().name), true);
  EXPECT_TRUE(r.asked.empty());
  EXPECT_TRUE(is_refused_as_unrecognized(r)) << r.what;
  EXPECT_EQ(r.reported, std::vector<std::string>{""});
  EXPECT_NE(r.what.find("the client's server name (SNI) is not a host name: "), std::string::npos)
      << r.what;
  for (const char c : r.what) EXPECT_TRUE(c >= ' ' && c < '\x7f') << r.what;
  EXPECT_LT(r.what.size(), 600U);
}

TEST_P(unfit_asked_name, is_refused_without_a_function) {
  const reception r = receive(hello_for(GetParam().name), false);
  EXPECT_TRUE(is_refused_as_unrecognized(r)) << r.what;
  EXPECT_EQ(r.reported, std::vector<std::string>{""});
  for (const char c : r.what) EXPECT_TRUE(c >= ' ' && c < '\x7f') << r.what;
}

// What clients send that take liberties.
TEST(asked_name, may_be_one_that_no_host_has) {
  for (const std::string& name :
       {std::string("a_b.example.org"), std::string("host."), std::string("host:443"),
        std::string("[::1]"), std::string("192.0.2.1"), std::string("*.example.org"),
        std::string("xn--bcher-kva.example"), std::string(255, 'a')}) {
    for (const bool with_hook : {false, true}) {
      const reception r = receive(hello_for(name), with_hook);
      EXPECT_FALSE(is_refused_as_unrecognized(r)) << name << ": " << r.what;
      EXPECT_EQ(r.reported, std::vector<std::string>{name});
      EXPECT_EQ(r.asked, std::vector<std::string>(with_hook ? 1 : 0, name));
    }
  }
}

TEST(refusal_of_a_hello, has_a_reason_of_one_line_and_a_bounded_length) {
  const client_hello_answer no(tls_alert::access_denied, "\n\x1b" + std::string(10000, 'x'));
  const reception r = receive(hello_for("host"), true, no);
  EXPECT_NE(r.what.find(": \\x0a\\x1bxxx"), std::string::npos) << r.what;
  EXPECT_NE(r.what.find("x..."), std::string::npos) << r.what;
  EXPECT_LT(r.what.size(), 500U);
}

}  // namespace
}  // namespace test
}  // namespace iostls
