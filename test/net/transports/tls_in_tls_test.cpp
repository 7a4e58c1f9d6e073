// SPDX-License-Identifier: Apache-2.0
// TLS inside of TLS: the streambuf of one stream carries another.
#include <chrono>
#include <memory>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/transport.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "socket_calls.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::milliseconds;

void expect_clean_close(ssl_stream& s) {
  s.clear();
  s.close();
  EXPECT_TRUE(s) << s.last_error()->what();
}

std::string read_to_end(std::istream& in) {
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

class tls_in_tls : public testing::TestWithParam<tls_version> {
 protected:
  tls_in_tls() {
    descriptor_pair pair = socket_pair();
    wire_ = duplicate(pair.a.get());
    outer_client_ = make_stream(role::client, std::move(pair.a), client_options(GetParam()));
    outer_server_ = make_stream(role::server, std::move(pair.b), server_options(GetParam()));
    inner_client_ = inside(role::client, *outer_client_, client_options(GetParam()));
    inner_server_ = inside(role::server, *outer_server_, server_options(GetParam()));
    task client([&] { EXPECT_NO_THROW(inner_client_->do_handshake()); });
    EXPECT_NO_THROW(inner_server_->do_handshake());
  }

  ~tls_in_tls() override {
    for (auto* s : {&inner_client_, &inner_server_, &outer_client_, &outer_server_}) {
      (*s)->cancel();
      s->reset();
    }
  }

  static std::unique_ptr<ssl_stream> inside(role r, ssl_stream& outer,
                                            const context_options& options) {
    return make_stream(r, std::make_unique<streambuf_transport>(*outer.rdbuf()), options);
  }

  void expect_server_to_read(const std::string& text, ssl_errc end) {
    EXPECT_EQ(read_to_end(*inner_server_), text);
    EXPECT_EQ(inner_server_->get(), EOF);
    EXPECT_EQ(inner_server_->error(), end);
  }

  descriptor wire_;  // the client's
  std::unique_ptr<ssl_stream> outer_client_, outer_server_, inner_client_, inner_server_;
};

INSTANTIATE_TEST_SUITE_P(, tls_in_tls, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(tls_in_tls, both_are_done) {
  EXPECT_EQ(inner_server_->info().protocol, outer_server_->info().protocol);
  EXPECT_TRUE(inner_client_->info().verified);
  EXPECT_TRUE(outer_client_->info().verified);
}

TEST_P(tls_in_tls, inner_end_leaves_the_outer_connection_open) {
  *inner_client_ << "inner\n";
  expect_clean_close(*inner_client_);
  std::string line;
  EXPECT_TRUE(getline(*inner_server_, line));
  EXPECT_EQ(line, "inner");
  EXPECT_EQ(inner_server_->get(), EOF);
  EXPECT_FALSE(inner_server_->bad());
  expect_clean_close(*inner_server_);

  *outer_client_ << "outer" << std::endl;
  EXPECT_TRUE(getline(*outer_server_, line));
  EXPECT_EQ(line, "outer");
  task client([&] { expect_clean_close(*outer_client_); });
  EXPECT_EQ(outer_server_->get(), EOF);
  EXPECT_FALSE(outer_server_->bad());
  wire_.reset();
  expect_clean_close(*outer_server_);
}

TEST_P(tls_in_tls, outer_end_before_the_inner_one_is_a_truncation) {
  *inner_client_ << "inner" << std::flush;
  outer_client_->shutdown_write();
  expect_server_to_read("inner", ssl_errc::truncated);
  EXPECT_FALSE(outer_server_->error());
}

TEST_P(tls_in_tls, cut_of_the_outer_connection_is_seen_inside) {
  *inner_client_ << "inner" << std::flush;
  outer_client_->cancel();
  expect_server_to_read("inner", ssl_errc::truncated);
  EXPECT_EQ(outer_server_->error(), ssl_errc::truncated);
}

TEST_P(tls_in_tls, timeout_of_the_outer_connection_bounds_the_inner_one) {
  outer_server_->expires_after(milliseconds(50));
  EXPECT_EQ(inner_server_->get(), EOF);
  EXPECT_EQ(inner_server_->error(), ssl_errc::timed_out);
  outer_server_->expires_never();
  inner_server_->clear();
  *inner_client_ << "late" << std::endl;
  std::string line;
  EXPECT_TRUE(getline(*inner_server_, line));
  EXPECT_EQ(line, "late");
}

TEST_P(tls_in_tls, output_that_the_outer_connection_had_no_time_for_goes_out_once) {
  outer_client_->expires_after(milliseconds(50));
  std::string sent;
  for (char c = 'a'; *inner_client_; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
    const std::string line = std::string(3000, c) + '\n';
    sent += line;
    *inner_client_ << line << std::flush;
  }
  EXPECT_EQ(inner_client_->error(), ssl_errc::timed_out);
  outer_client_->expires_never();
  task reader([&] { EXPECT_EQ(read_to_end(*inner_server_), sent); });
  inner_client_->clear();
  EXPECT_TRUE(inner_client_->flush()) << inner_client_->last_error()->what();
  expect_clean_close(*inner_client_);
  reader.join();
  EXPECT_FALSE(inner_server_->error()) << inner_server_->last_error()->what();
}

TEST_P(tls_in_tls, cancel_of_the_outer_connection_ends_a_read_inside) {
  task other([&] { outer_server_->cancel(); });
  EXPECT_EQ(inner_server_->get(), EOF);
  EXPECT_EQ(inner_server_->error(), ssl_errc::canceled);
}

TEST_P(tls_in_tls, bad_byte_inside_is_the_inner_connections_affair) {
  *outer_client_ << "not a record of the inner connection" << std::endl;
  EXPECT_EQ(inner_server_->get(), EOF);
  EXPECT_EQ(inner_server_->error(), ssl_errc::protocol_error);
  EXPECT_FALSE(outer_server_->error());
}

}  // namespace
}  // namespace iostls
