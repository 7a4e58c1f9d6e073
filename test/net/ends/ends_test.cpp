// SPDX-License-Identifier: Apache-2.0
// How a connection ends, and what of that a reader sees.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>
#include <iostls/native.hpp>

#include "dialogue.hpp"

namespace iostls {
namespace {

using namespace test;

const std::string begun_record(
    "\x17\x03\x03\x00\x40"
    "abc",
    8);

class ends : public testing::TestWithParam<variant> {
 protected:
  // A stream whose peer has sent the text, and then a FIN without close_notify.
  std::unique_ptr<dialogue> cut_after(const std::string& text, const dialogue::tuning& tune = {}) {
    auto d = started(GetParam(), tune);
    EXPECT_TRUE(d->peer().write(text));
    d->peer().half_close();
    return d;
  }

  static std::string read_exactly(std::istream& in, std::streamsize size) {
    std::string data(static_cast<std::size_t>(size), '\0');
    in.read(&data[0], size);
    data.resize(static_cast<std::size_t>(in.gcount()));
    return data;
  }

  // The next character is a failure of the kind, and not an end of file.
  static void expect_failure(ssl_stream& s, ssl_errc kind) {
    EXPECT_EQ(s.get(), std::char_traits<char>::eof());
    EXPECT_TRUE(s.bad());
    EXPECT_FALSE(s.eof());
    EXPECT_EQ(s.error(), kind) << s.error().message();
    ASSERT_NE(s.last_error(), nullptr);
    EXPECT_EQ(s.last_error()->code(), kind);
  }
};

INSTANTIATE_TEST_SUITE_P(, ends, all_variants(), variant_name);

TEST_P(ends, close_notify_is_end_of_file) {
  const auto d = started(GetParam());
  ASSERT_TRUE(d->peer().write("hello"));
  ASSERT_TRUE(d->peer().close_notify());
  std::string word;
  d->stream() >> word;
  EXPECT_EQ(word, "hello");
  EXPECT_TRUE(d->stream().eof());
  EXPECT_FALSE(d->stream().bad());
  EXPECT_FALSE(d->stream().error()) << d->stream().error().message();
  EXPECT_EQ(d->stream().last_error(), nullptr);
}

TEST_P(ends, fin_without_close_notify_is_truncation) {
  const auto d = cut_after("hello");
  EXPECT_EQ(read_exactly(d->stream(), 5), "hello");
  EXPECT_TRUE(d->stream().good());
  expect_failure(d->stream(), ssl_errc::truncated);
  EXPECT_EQ(d->stream().last_error()->operation(), "read");
}

TEST_P(ends, fin_inside_a_record_is_truncation_and_shows_none_of_it) {
  const auto d = started(GetParam());
  ASSERT_TRUE(d->peer().write("hello"));
  ASSERT_TRUE(d->peer().send_raw(begun_record));
  d->peer().half_close();
  EXPECT_EQ(read_exactly(d->stream(), 5), "hello");
  expect_failure(d->stream(), ssl_errc::truncated);
}

TEST_P(ends, reset_is_a_system_error_after_what_had_arrived) {
  const auto d = started(GetParam());
  ASSERT_TRUE(d->peer().write("hello"));
  d->peer().reset();
  ASSERT_TRUE(d->wait_until_hung_up());
  EXPECT_EQ(read_exactly(d->stream(), 5), "hello");
  expect_failure(d->stream(), ssl_errc::system_error);
  EXPECT_EQ(d->stream().error(), std::errc::connection_reset);
}

TEST_P(ends, a_reader_that_waits_is_told_of_a_reset) {
  const auto d = started(GetParam());
  task peer([&] { d->peer().reset(); });
  expect_failure(d->stream(), ssl_errc::system_error);
  EXPECT_EQ(d->stream().error(), std::errc::connection_reset);
}

TEST_P(ends, truncation_is_seen_although_the_context_was_made_to_ignore_it) {
  const role r = GetParam().stream;
  const context_options options = stream_options(r, GetParam().version);
  const ssl_context context =
      r == role::server ? ssl_context::server(options) : ssl_context::client(options);
  SSL_CTX_set_options(native_handle(context), SSL_OP_IGNORE_UNEXPECTED_EOF);

  descriptor_pair pair = tcp_pair();
  tls_peer peer(std::move(pair.a), peer_of(r, GetParam().version));
  ssl_streambuf buffer(pair.b.get(), context);
  pair.b.release();
  task other_end([&] {
    EXPECT_TRUE(peer.write("x")) << peer.error();
    peer.half_close();
  });
  EXPECT_EQ(buffer.sbumpc(), 'x');
  try {
    buffer.sgetc();
    FAIL() << "the truncation went unnoticed";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::truncated) << e.what();
  }
}

TEST_P(ends, truncation_is_end_of_file_where_close_notify_is_not_required) {
  const auto d = cut_after("hello", [](context_options& o) { o.require_close_notify = false; });
  EXPECT_EQ(read_exactly(d->stream(), 5), "hello");
  EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
  EXPECT_TRUE(d->stream().eof());
  EXPECT_FALSE(d->stream().bad());
  EXPECT_FALSE(d->stream().error());
  EXPECT_TRUE(d->stream().info().truncated);
}

TEST_P(ends, within_a_record_is_told_where_close_notify_is_not_required) {
  const auto d = started(GetParam(), [](context_options& o) { o.require_close_notify = false; });
  ASSERT_TRUE(d->peer().write("hello"));
  ASSERT_TRUE(d->peer().send_raw(std::string("\x17\x03\x03\x00\x40 half a record", 19)));
  d->peer().half_close();
  EXPECT_EQ(read_exactly(d->stream(), 5), "hello");
  EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
  EXPECT_TRUE(d->stream().info().truncated || d->stream().bad());
}

TEST_P(ends, that_was_said_is_complete_where_close_notify_is_not_required) {
  const auto d = started(GetParam(), [](context_options& o) { o.require_close_notify = false; });
  ASSERT_TRUE(d->peer().write("hello"));
  ASSERT_TRUE(d->peer().close_notify());
  d->peer().half_close();
  EXPECT_EQ(read_exactly(d->stream(), 5), "hello");
  EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
  EXPECT_TRUE(d->stream().eof());
  EXPECT_FALSE(d->stream().info().truncated);
}

TEST_P(ends, a_number_that_was_cut_is_not_stored) {
  const auto d = cut_after("123");
  int n = -7;
  d->stream() >> n;
  EXPECT_EQ(n, -7);
  EXPECT_TRUE(d->stream().bad());
  EXPECT_FALSE(d->stream().eof());
}

TEST_P(ends, a_number_before_a_clean_end_is_stored) {
  const auto d = started(GetParam());
  ASSERT_TRUE(d->peer().write("123"));
  ASSERT_TRUE(d->peer().close_notify());
  int n = -7;
  EXPECT_TRUE(d->stream() >> n);
  EXPECT_EQ(n, 123);
  EXPECT_TRUE(d->stream().eof());
}

TEST_P(ends, a_block_that_was_cut_is_no_end_and_can_be_read_as_far_as_it_came) {
  for (const std::size_t size : {5u, 40000u}) {  // more than the get area holds
    const std::string sent(size, 'x');
    const auto d = cut_after(sent);
    EXPECT_EQ(read_exactly(d->stream(), 1000000), "");
    EXPECT_EQ(d->stream().rdstate(), std::ios::badbit);
    EXPECT_EQ(d->stream().error(), ssl_errc::truncated);
    d->stream().clear();
    EXPECT_EQ(read_exactly(d->stream(), static_cast<std::streamsize>(size)), sent);
    expect_failure(d->stream(), ssl_errc::truncated);
  }
}

TEST_P(ends, a_line_that_was_complete_survives_the_cut) {
  const auto d = cut_after("one\n");
  std::string line;
  EXPECT_TRUE(std::getline(d->stream(), line));
  EXPECT_EQ(line, "one");
  EXPECT_FALSE(std::getline(d->stream(), line));
  EXPECT_TRUE(d->stream().bad());
  EXPECT_EQ(d->stream().error(), ssl_errc::truncated);
}

TEST_P(ends, truncation_is_thrown_where_badbit_throws) {
  const auto d = cut_after("one\ntw");
  d->stream().exceptions(std::ios::badbit);
  std::string line;
  std::getline(d->stream(), line);
  EXPECT_EQ(line, "one");
  try {
    std::getline(d->stream(), line);
    FAIL() << "nothing was thrown";
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), ssl_errc::truncated);
    EXPECT_EQ(e.operation(), "read");
  }
}

TEST_P(ends, truncation_stays_what_it_was_however_often_one_reads) {
  const auto d = cut_after("");
  expect_failure(d->stream(), ssl_errc::truncated);
  const std::string text = d->stream().last_error()->what();
  for (int i = 0; i != 1000; ++i) {
    d->stream().clear();
    ASSERT_EQ(d->stream().get(), std::char_traits<char>::eof());
    ASSERT_TRUE(d->stream().bad());
    ASSERT_FALSE(d->stream().eof());
    ASSERT_EQ(d->stream().last_error()->what(), text);
  }
}

TEST_P(ends, end_of_file_stays_end_of_file) {
  const auto d = started(GetParam());
  ASSERT_TRUE(d->peer().close_notify());
  d->peer().half_close();
  for (int i = 0; i != 3; ++i) {
    d->stream().clear();
    EXPECT_EQ(d->stream().get(), std::char_traits<char>::eof());
    EXPECT_TRUE(d->stream().eof());
    EXPECT_FALSE(d->stream().bad());
  }
}

TEST_P(ends, a_failed_handshake_is_never_taken_for_an_end_of_file) {
  dialogue d(GetParam(), [&](context_options& o) {
    o.verify = verify_mode::required;  // of a client that has no certificate
    if (GetParam().stream == role::client) {
      o.ca_certificates = pem_text(authority("Another Root").certificate());
    }
  });
  task peer([&] { d.peer().read_some(); });
  expect_failure(d.stream(), ssl_errc::certificate_rejected);
  const std::string text = d.stream().last_error()->what();
  for (int i = 0; i != 3; ++i) {
    d.stream().clear();
    expect_failure(d.stream(), ssl_errc::certificate_rejected);
    EXPECT_EQ(d.stream().last_error()->what(), text);
  }
}

TEST_P(ends, a_peer_that_leaves_before_the_handshake_fails_it) {
  dialogue d(GetParam());
  d.peer().half_close();
  expect_failure(d.stream(), ssl_errc::handshake_failed);
  EXPECT_EQ(d.stream().last_error()->operation(), "handshake");
}

TEST_P(ends, a_peer_that_leaves_during_the_handshake_fails_it) {
  dialogue d(GetParam());
  // The start of a handshake record that is never finished.
  ASSERT_TRUE(d.peer().send_raw(std::string("\x16\x03\x01\x00\x50\x01", 6)));
  d.peer().half_close();
  expect_failure(d.stream(), ssl_errc::handshake_failed);
}

TEST_P(ends, a_peer_that_is_silent_during_the_handshake_fails_it_in_time) {
  dialogue d(GetParam(),
             [](context_options& o) { o.handshake_timeout = std::chrono::milliseconds(100); });
  expect_failure(d.stream(), ssl_errc::timed_out);
  EXPECT_EQ(d.stream().last_error()->operation(), "handshake");
}

}  // namespace
}  // namespace iostls
