// SPDX-License-Identifier: Apache-2.0
// What a failure reports, and how long a stream remembers it.
#include <chrono>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;

const ssl_errc all_kinds[] = {
    ssl_errc::closed,          ssl_errc::truncated,        ssl_errc::timed_out,
    ssl_errc::canceled,        ssl_errc::handshake_failed, ssl_errc::certificate_rejected,
    ssl_errc::alert_received,  ssl_errc::protocol_error,   ssl_errc::bad_configuration,
    ssl_errc::bad_credentials, ssl_errc::system_error,     ssl_errc::woken,
    ssl_errc::ech_rejected};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void close_at_once(context_options& o) { o.close_timeout = milliseconds(0); }

TEST(ssl_category, has_words_of_its_own_for_every_kind) {
  std::set<std::string> messages;
  for (const ssl_errc kind : all_kinds) {
    const std::string message = make_error_code(kind).message();
    EXPECT_FALSE(message.empty());
    EXPECT_TRUE(messages.insert(message).second) << "twice: " << message;
  }
  const std::string unknown = std::error_code(4711, ssl_category()).message();
  EXPECT_FALSE(unknown.empty());
  EXPECT_EQ(messages.count(unknown), 0u);
}

TEST(ssl_category, is_named_iostls) {
  EXPECT_STREQ(ssl_category().name(), "iostls");
  EXPECT_EQ(&ssl_category(), &ssl_category());
}

TEST(ssl_errc, is_an_error_code_enum) {
  static_assert(std::is_error_code_enum<ssl_errc>::value, "converts to std::error_code");
  const std::error_code code = ssl_errc::truncated;
  EXPECT_EQ(&code.category(), &ssl_category());
  EXPECT_EQ(code.value(), static_cast<int>(ssl_errc::truncated));
  EXPECT_EQ(code, make_error_code(ssl_errc::truncated));
  EXPECT_TRUE(code) << "no kind may have the value that means success";
}

TEST(ssl_errc, compares_with_its_own_kind_only) {
  for (const ssl_errc a : all_kinds) {
    for (const ssl_errc b : all_kinds) {
      EXPECT_EQ(make_error_code(a) == b, a == b);
      EXPECT_EQ(b == make_error_code(a), a == b);
      EXPECT_EQ(make_error_code(a) != b, a != b);
      EXPECT_EQ(b != make_error_code(a), a != b);
    }
  }
}

// Programs that look at the bare value, `error().value() == EINTR`, must not take ours for that.
TEST(ssl_errc, has_values_outside_every_errno) {
  for (const ssl_errc kind : all_kinds) {
    const int value = static_cast<int>(kind);
    EXPECT_GT(value, 4095);  // the kernel of Linux has no more
  }
}

TEST(ssl_errc, success_is_no_kind) {
  for (const ssl_errc kind : all_kinds) {
    EXPECT_NE(std::error_code(), kind);
    EXPECT_NE(std::error_code(0, std::system_category()), kind);
  }
}

TEST(ssl_errc, codes_of_the_operating_system_are_system_errors) {
  for (const std::error_category* c : {&std::system_category(), &std::generic_category()}) {
    const std::error_code code(ECONNRESET, *c);
    for (const ssl_errc kind : all_kinds) EXPECT_EQ(code == kind, kind == ssl_errc::system_error);
    EXPECT_EQ(code, std::errc::connection_reset);
  }
}

TEST(ssl_errc, compares_with_what_the_standard_calls_it) {
  EXPECT_EQ(make_error_code(ssl_errc::timed_out), std::errc::timed_out);
  EXPECT_EQ(make_error_code(ssl_errc::canceled), std::errc::operation_canceled);
  EXPECT_EQ(make_error_code(ssl_errc::protocol_error), std::errc::protocol_error);
  EXPECT_EQ(make_error_code(ssl_errc::bad_configuration), std::errc::invalid_argument);
  EXPECT_EQ(make_error_code(ssl_errc::truncated), std::errc::connection_aborted);
  EXPECT_NE(make_error_code(ssl_errc::truncated), std::errc::timed_out);
}

// A client that does not know the server's authority.
class rejection : public testing::TestWithParam<tls_version> {
 protected:
  rejection() {
    const auto distrust = [](context_options& o) {
      close_at_once(o);
      o.ca_certificates = pem_text(authority("Another Root").certificate());
    };
    dialogue d({role::client, GetParam()}, distrust);
    task peer([&] { d.peer().handshake(); });
    try {
      d.stream().do_handshake();
    } catch (const ssl_error& e) {
      failure_ = std::make_unique<ssl_error>(e);
    }
  }

  void SetUp() override { ASSERT_NE(failure_, nullptr) << "the server was accepted"; }

  const ssl_error& failure() const { return *failure_; }

 private:
  std::unique_ptr<ssl_error> failure_;
};

INSTANTIATE_TEST_SUITE_P(, rejection, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(rejection, tells_the_operation) { EXPECT_EQ(failure().operation(), "handshake"); }

TEST_P(rejection, tells_the_kind) { EXPECT_EQ(failure().code(), ssl_errc::certificate_rejected); }

TEST_P(rejection, tells_the_codes_of_openssl_and_their_words) {
  ASSERT_FALSE(failure().codes().empty());
  ASSERT_EQ(failure().strings().size(), failure().codes().size());
  const unsigned long code = failure().codes().back();
  EXPECT_EQ(ERR_GET_LIB(code), ERR_LIB_SSL);
  EXPECT_EQ(ERR_GET_REASON(code), SSL_R_CERTIFICATE_VERIFY_FAILED);
  EXPECT_EQ(failure().strings().back(), "certificate verify failed");
}

TEST_P(rejection, tells_the_result_of_the_verification) {
  EXPECT_EQ(failure().verify_result(), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  EXPECT_EQ(failure().verify_result_string(),
            X509_verify_cert_error_string(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
}

TEST_P(rejection, prints_all_of_that_in_one_line) {
  const std::string what = failure().what();
  EXPECT_TRUE(contains(what, "handshake")) << what;
  EXPECT_TRUE(contains(what, failure().code().message())) << what;
  EXPECT_TRUE(contains(what, failure().strings().back())) << what;
  EXPECT_TRUE(contains(what, failure().verify_result_string())) << what;
  EXPECT_TRUE(contains(what, std::to_string(failure().verify_result()))) << what;
  std::ostringstream code;
  code << std::hex << std::uppercase << failure().codes().back();
  EXPECT_TRUE(contains(what, code.str())) << what;
  EXPECT_FALSE(contains(what, "\n")) << what;
}

TEST_P(rejection, is_what_programs_for_plain_streams_catch) {
  EXPECT_THROW(throw failure(), std::ios_base::failure);
  EXPECT_THROW(throw failure(), std::system_error);
  try {
    throw failure();
  } catch (const std::exception& e) {
    EXPECT_STREQ(e.what(), failure().what());
  }
}

TEST_P(rejection, is_copied_without_copying_its_content) {
  static_assert(std::is_nothrow_copy_constructible<ssl_error>::value, "exceptions are copied");
  static_assert(std::is_nothrow_copy_assignable<ssl_error>::value, "exceptions are copied");
  const ssl_error copy = failure();
  EXPECT_EQ(copy.what(), failure().what());  // the same characters, not equal ones
  EXPECT_EQ(&copy.strings(), &failure().strings());
  ssl_error assigned(ssl_errc::closed, {});
  assigned = failure();
  EXPECT_EQ(&assigned.codes(), &failure().codes());
  EXPECT_EQ(assigned.code(), ssl_errc::certificate_rejected);
}

TEST(ssl_error, of_an_option_tells_its_name) {
  context_options options = client_options();
  options.max_depth = -1;
  try {
    ssl_context::client(options);
    FAIL() << "no exception";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
    EXPECT_EQ(e.code(), std::errc::invalid_argument);
    EXPECT_EQ(e.operation(), "max_depth");
    EXPECT_TRUE(contains(e.what(), "max_depth")) << e.what();
    EXPECT_TRUE(e.codes().empty());
    EXPECT_EQ(e.verify_result(), X509_V_OK);
    EXPECT_EQ(e.verify_result_string(), "");
  }
}

std::string refusal(const context_options& options) {
  try {
    ssl_context::client(options);
  } catch (const ssl_error& e) {
    return e.what();
  }
  return "no exception";
}

TEST(ssl_error, stays_one_line_whatever_the_option_was) {
  context_options group = client_options(), file = client_options();
  group.groups = std::vector<std::string>{std::string("X25519\nerror: \0\x1b", 16)};
  const std::string of_group = refusal(group);
  EXPECT_TRUE(contains(of_group, "\"X25519\\x0aerror: \\x00\\x1b\" is unknown")) << of_group;
  file.ca_file = "/does/not/exist/Zo\xc3\xab\r\n.pem";
  const std::string of_file = refusal(file);
  EXPECT_TRUE(contains(of_file, "/Zo\xc3\xab\\x0d\\x0a.pem")) << of_file;
  EXPECT_EQ(of_file.find_first_of("\r\n"), std::string::npos) << of_file;
}

class latest_error : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, latest_error, all_variants(), variant_name);

TEST_P(latest_error, is_none_as_long_as_nothing_fails) {
  const auto d = started(GetParam(), close_at_once);
  EXPECT_EQ(d->stream().error(), std::error_code());
  EXPECT_EQ(d->stream().last_error(), nullptr);
}

TEST_P(latest_error, of_a_reset_is_both_kind_and_reason) {
  const auto d = started(GetParam(), close_at_once);
  d->peer().reset();
  ASSERT_TRUE(d->wait_until_hung_up());
  d->stream().get();
  EXPECT_EQ(d->stream().error(), ssl_errc::system_error);
  EXPECT_EQ(d->stream().error(), std::errc::connection_reset);
  EXPECT_NE(d->stream().error(), ssl_errc::truncated);
  ASSERT_NE(d->stream().last_error(), nullptr);
  EXPECT_EQ(d->stream().last_error()->operation(), "read");
}

TEST_P(latest_error, is_there_without_exceptions_and_survives_clear) {
  const auto d = started(GetParam(), [](context_options& o) {
    close_at_once(o);
    o.read_timeout = milliseconds(20);
  });
  d->stream().get();
  ASSERT_TRUE(d->stream().bad());
  d->stream().clear();
  EXPECT_EQ(d->stream().error(), ssl_errc::timed_out);
  EXPECT_EQ(d->stream().error(), std::errc::timed_out);
  ASSERT_NE(d->stream().last_error(), nullptr);
  EXPECT_EQ(d->stream().last_error()->code(), d->stream().error());
}

TEST_P(latest_error, is_the_latest) {
  const auto d = started(GetParam(), [](context_options& o) {
    close_at_once(o);
    o.read_timeout = milliseconds(20);
  });
  d->stream().get();
  d->stream().clear();
  ASSERT_EQ(d->stream().error(), ssl_errc::timed_out);
  d->peer().half_close();
  d->stream().get();
  EXPECT_EQ(d->stream().error(), ssl_errc::truncated);
  d->stream().clear();
  d->stream().close();
  d->stream().clear();
  d->stream().get();
  EXPECT_EQ(d->stream().error(), ssl_errc::closed);
}

// A program that logs error() at the end must not log what it got over.
TEST_P(latest_error, of_a_read_that_timed_out_is_forgotten_when_input_goes_on) {
  const auto d = started(GetParam(), [](context_options& o) {
    close_at_once(o);
    o.read_timeout = milliseconds(20);
  });
  d->stream().get();
  d->stream().clear();
  ASSERT_EQ(d->stream().error(), ssl_errc::timed_out);
  const ssl_error* const held = d->stream().last_error();
  ASSERT_TRUE(d->peer().write("x"));
  EXPECT_EQ(d->stream().get(), 'x');
  EXPECT_EQ(d->stream().error(), std::error_code());
  EXPECT_EQ(d->stream().last_error(), nullptr);
  EXPECT_EQ(held->code(), ssl_errc::timed_out) << "it is there until the next failure";
}

TEST_P(latest_error, of_a_read_that_timed_out_is_forgotten_at_the_clean_end) {
  const auto d = started(GetParam(), [](context_options& o) { o.read_timeout = milliseconds(20); });
  d->stream().get();
  d->stream().clear();
  ASSERT_TRUE(d->peer().close_notify());
  d->peer().half_close();
  d->stream().get();
  EXPECT_TRUE(d->stream().eof());
  EXPECT_EQ(d->stream().error(), std::error_code());
  d->stream().close();
  EXPECT_EQ(d->stream().error(), std::error_code());
}

TEST_P(latest_error, of_a_read_that_timed_out_is_forgotten_by_a_close_that_succeeds) {
  const auto d = started(GetParam(), [](context_options& o) { o.read_timeout = milliseconds(20); });
  d->stream().get();
  d->stream().clear();
  ASSERT_EQ(d->stream().error(), ssl_errc::timed_out);
  d->peer().half_close();
  d->stream().close();
  EXPECT_TRUE(d->stream().good());
  EXPECT_EQ(d->stream().error(), std::error_code());
}

TEST_P(latest_error, of_what_ended_the_connection_stays_and_is_what_close_reports) {
  const auto d = started(GetParam(), close_at_once);
  d->peer().half_close();
  d->stream().get();
  ASSERT_EQ(d->stream().error(), ssl_errc::truncated);
  d->stream().clear();
  d->stream().close();
  EXPECT_TRUE(d->stream().fail());
  EXPECT_EQ(d->stream().error(), ssl_errc::truncated);
}

// Another thread may have yet to look.
TEST_P(latest_error, of_one_side_is_not_forgotten_when_the_other_goes_on) {
  const auto d = started(GetParam(), [](context_options& o) {
    close_at_once(o);
    o.read_timeout = milliseconds(20);
  });
  d->stream().get();
  d->stream().clear();
  d->stream() << "x" << std::flush;
  EXPECT_TRUE(d->stream().good());
  EXPECT_EQ(d->stream().error(), ssl_errc::timed_out);
}

TEST_P(latest_error, is_that_of_a_stream_that_never_was_open) {
  ssl_client_stream s;
  s << "x" << std::flush;
  EXPECT_TRUE(s.bad());
  EXPECT_EQ(s.error(), ssl_errc::closed);
  EXPECT_EQ(s.error(), std::errc::not_connected);
}

TEST(latest_error_of_a_client, is_forgotten_when_it_connects_anew) {
  const ssl_context context = ssl_context::client(client_options());
  ssl_client_stream s;
  std::string port;
  {
    const listening gone = listen_on_loopback();
    port = std::to_string(gone.port);
  }
  s.connect("127.0.0.1", port, context);
  EXPECT_TRUE(s.fail());
  EXPECT_EQ(s.error(), std::errc::connection_refused) << s.error().message();
  ASSERT_NE(s.last_error(), nullptr);
  EXPECT_EQ(s.last_error()->operation(), "connect");
  EXPECT_TRUE(contains(s.last_error()->what(), port)) << s.last_error()->what();

  const listening listener = listen_on_loopback();
  connection_options later;
  later.handshake_on_connect = false;
  s.connect("127.0.0.1", std::to_string(listener.port), context, later);
  EXPECT_TRUE(s.good()) << s.error().message();
  EXPECT_EQ(s.error(), std::error_code());
  EXPECT_EQ(s.last_error(), nullptr);
}

}  // namespace
}  // namespace iostls
