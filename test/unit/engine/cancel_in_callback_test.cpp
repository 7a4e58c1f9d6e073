// SPDX-License-Identifier: Apache-2.0
// What a function of the options may do with the stream that calls it, and that nobody waits for a
// function that takes its time.
#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "algorithms.hpp"
#include "event.hpp"
#include "fixture.hpp"
#include "task.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

std::error_code failure_of(const std::function<void()>& operation) {
  try {
    operation();
  } catch (const ssl_error& e) {
    return e.code();
  }
  return {};
}

// A stream whose handshake calls a function of the test.
struct connection {
  std::unique_ptr<ssl_stream> stream;
  std::function<void()> inside;
  bool accepts = true;
};

// The options that have a function which handshakes call.
struct place {
  const char* name;
  role end;
  std::function<context_options(connection&)> options;  // of the stream
  std::function<void(context_options&)> change_peer;
};

void PrintTo(const place& p, std::ostream* out) { *out << p.name; }

context_options judging(connection& c, role r) {
  context_options o = r == role::server ? server_options() : client_options();
  o.verify_callback = [&c](const verify_event& e) {
    if (e.depth != 0) return e.accepted;
    c.inside();
    return e.accepted && c.accepts;
  };
  if (r == role::server) {
    o.ca_certificates = pem_text(test_authority().certificate());
    o.verify = verify_mode::required;
  }
  return o;
}

const std::string secret(32, 's');

context_options keyed(connection& c, context_options o) {
  o.psk = [&c](const std::string&) {
    c.inside();
    return c.accepts ? secret : std::string();
  };
  return o;
}

std::vector<place> places() {
  return {
      {"verify_callback_of_a_client", role::client,
       [](connection& c) { return judging(c, role::client); }, [](context_options&) {}},
      {"verify_callback_of_a_server", role::server,
       [](connection& c) { return judging(c, role::server); },
       [](context_options& o) {
         o.certificate = pem_text(localhost().certificate);
         o.key = pem_text(localhost().key);
       }},
      {"psk_of_a_server", role::server, [](connection& c) { return keyed(c, server_options()); },
       [](context_options& o) {
         o.psk = pre_shared_key{"me", secret};
       }},
      // Nothing is left to be heard after the function was called.
      {"psk_of_a_server_in_tls1_2", role::server,
       [](connection& c) { return keyed(c, server_options(tls_version::tls1_2)); },
       [](context_options& o) {
         o.psk = pre_shared_key{"me", secret};
       }}};
}

class function_of_the_options : public testing::TestWithParam<place> {
 protected:
  void SetUp() override {
    const std::string obstacle = obstacle_to_psk(tls_version::tls1_2);
    const bool needs_it = std::string(GetParam().name) == "psk_of_a_server_in_tls1_2";
    if (needs_it && !obstacle.empty()) GTEST_SKIP() << obstacle;
  }

  function_of_the_options() {
    descriptor_pair pair = socket_pair();
    const role other = GetParam().end == role::server ? role::client : role::server;
    context_options own = GetParam().options(c_);
    own.handshake_timeout = seconds(60);
    c_.stream = make_stream(GetParam().end, std::move(pair.a), own);
    context_options theirs = other == role::server ? server_options() : client_options();
    GetParam().change_peer(theirs);
    peer_ = make_stream(other, std::move(pair.b), theirs);
    shaking_ = std::make_unique<task>([this] { failure_of([this] { peer_->info(); }); });
  }
  ~function_of_the_options() override {
    c_.stream->cancel();
    peer_->cancel();
  }

  std::error_code handshake() {
    return failure_of([this] { c_.stream->do_handshake(); });
  }

  connection c_;
  std::unique_ptr<ssl_stream> peer_;
  std::unique_ptr<task> shaking_;
};

TEST_P(function_of_the_options, may_cancel_its_stream) {
  c_.inside = [this] { c_.stream->cancel(); };
  EXPECT_EQ(handshake(), ssl_errc::canceled);
  EXPECT_EQ(c_.stream->error(), ssl_errc::canceled);
  c_.stream->cancel();
  EXPECT_EQ(handshake(), ssl_errc::canceled);
}

TEST_P(function_of_the_options, may_refuse_the_peer_and_cancel_its_stream) {
  c_.inside = [this] { c_.stream->cancel(); };
  c_.accepts = false;
  EXPECT_EQ(handshake(), ssl_errc::canceled);
  EXPECT_EQ(c_.stream->error(), ssl_errc::canceled);
}

TEST_P(function_of_the_options, does_not_hold_up_cancel) {
  event inside, go_on;
  c_.inside = [&] {
    inside.happen();
    EXPECT_TRUE(go_on.wait());
  };
  std::error_code failed;
  task shaking([&] { failed = handshake(); });
  EXPECT_TRUE(inside.wait());
  c_.stream->cancel();
  go_on.happen();
  shaking.join();
  EXPECT_EQ(failed, ssl_errc::canceled);
}

TEST_P(function_of_the_options, does_not_hold_up_the_deadline_of_another_thread) {
  event inside, go_on;
  c_.inside = [&] {
    inside.happen();
    EXPECT_TRUE(go_on.wait());
  };
  task shaking([&] { handshake(); });
  EXPECT_TRUE(inside.wait());
  c_.stream->expires_after(milliseconds(20));
  EXPECT_EQ(handshake(), ssl_errc::timed_out);
  EXPECT_EQ(failure_of([&] { c_.stream->rdbuf()->sgetc(); }), ssl_errc::timed_out);
  EXPECT_EQ(failure_of([&] { c_.stream->rdbuf()->session(); }), ssl_errc::timed_out);
  c_.stream->expires_never();
  go_on.happen();
}

TEST_P(function_of_the_options, does_not_keep_another_thread_from_being_canceled) {
  event inside, go_on, waits;
  c_.inside = [&] {
    inside.happen();
    EXPECT_TRUE(go_on.wait());
  };
  task shaking([&] { handshake(); });
  EXPECT_TRUE(inside.wait());
  event left;
  std::error_code failed;
  task other([&] {
    waits.happen();
    failed = handshake();
    left.happen();
  });
  EXPECT_TRUE(waits.wait());
  c_.stream->cancel();
  EXPECT_TRUE(left.wait());
  EXPECT_EQ(failed, ssl_errc::canceled);
  go_on.happen();
}

// It would wait for itself.
TEST_P(function_of_the_options, is_refused_the_use_of_its_stream) {
  std::vector<std::error_code> refused;
  c_.inside = [&] {
    ssl_streambuf& b = *c_.stream->rdbuf();
    for (const auto& operation : std::vector<std::function<void()>>{
             [&] { b.do_handshake(); }, [&] { b.info(); }, [&] { b.session(); },
             [&] { b.peer_certificate(); }, [&] { b.sgetc(); }, [&] { b.close(); }}) {
      refused.push_back(failure_of(operation));
    }
    c_.stream->expires_after(seconds(60));
    EXPECT_TRUE(c_.stream->is_open());
    c_.stream->error();
  };
  EXPECT_EQ(handshake(), std::error_code());
  ASSERT_FALSE(refused.empty());
  for (const auto& code : refused) {
    EXPECT_EQ(code, std::errc::resource_deadlock_would_occur) << code.message();
  }
}

// As std::cerr is tied to std::cout, whose buffer may be the connection's.
TEST_P(function_of_the_options, may_write_to_a_log_that_is_tied_to_its_stream) {
  std::ostringstream log;
  log.tie(c_.stream.get());
  c_.inside = [&] { log << "asked" << std::endl; };
  *c_.stream << "answer\n" << std::flush;
  EXPECT_NE(log.str(), "");
  EXPECT_TRUE(c_.stream->good()) << c_.stream->error().message();
  EXPECT_EQ(c_.stream->last_error(), nullptr);
  std::string line;
  EXPECT_TRUE(std::getline(*peer_, line));
  EXPECT_EQ(line, "answer");
}

INSTANTIATE_TEST_SUITE_P(, function_of_the_options, testing::ValuesIn(places()),
                         [](const auto& info) { return info.param.name; });

// A password function is called when a context is made and when it is reloaded.
TEST(password_function, is_refused_a_reload_of_its_context) {
  context_options o = server_options();
  std::unique_ptr<ssl_context> context;
  std::error_code reloaded, replaced;
  leaf_options locked;
  locked.password = "open sesame";
  const issued credential = test_authority().leaf(locked);
  o.certificate = pem_text(credential.certificate);
  o.key = pem_text(credential.key);
  o.ticket_keys = {ticket_key::random()};
  o.certificate_password = [&]() -> std::string {
    if (context) {
      reloaded = failure_of([&] { context->reload(); });
      replaced = failure_of([&] { context->set_ticket_keys({ticket_key::random()}); });
    }
    return "open sesame";
  };
  context = std::make_unique<ssl_context>(ssl_context::server(o));
  context->reload();
  EXPECT_EQ(reloaded, std::errc::resource_deadlock_would_occur);
  EXPECT_EQ(replaced, std::errc::resource_deadlock_would_occur);
}

}  // namespace
}  // namespace test
}  // namespace iostls
