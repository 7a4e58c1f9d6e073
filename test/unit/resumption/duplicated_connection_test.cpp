// SPDX-License-Identifier: Apache-2.0
// SSL_dup of a native handle: the copy knows nothing of the stream, which it may outlive.
#include <memory>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "resumption/client_resumption.hpp"

namespace iostls {
namespace test {
namespace {

class duplicated_connection : public testing::TestWithParam<tls_version> {
 protected:
  duplicated_connection() {
    options_.session_cache = 5;
    client_ = ssl_context::client(options_);
  }

  // A client of a stream that has begun.
  struct client {
    client(const ssl_context& context, const context_options& options)
        : ssl(make_connection(context)) {
      detail::client_resumption::attach_to(ssl.get(), options, {})->offer(-1);
    }
    detail::ssl_ptr ssl;
  };

  void complete(detail::ssl_ptr ssl) const {
    memory_handshake both(make_connection(server_), std::move(ssl));
    EXPECT_TRUE(both.run());
  }

  bool has_kept_session() const {
    const client next(client_, options_);
    return SSL_get0_session(next.ssl.get()) != nullptr;
  }

  context_options options_ = client_options(GetParam());
  ssl_context client_ = ssl_context::client(options_);
  const ssl_context server_ = ssl_context::server(server_options(GetParam()));
};

INSTANTIATE_TEST_SUITE_P(, duplicated_connection,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& p) { return to_string(p.param); });

TEST_P(duplicated_connection, keeps_no_session_for_the_stream) {
  const client first(client_, options_);
  complete(detail::ssl_ptr(SSL_dup(first.ssl.get())));
  EXPECT_FALSE(has_kept_session());
  SSL_up_ref(first.ssl.get());
  complete(detail::ssl_ptr(first.ssl.get()));
  EXPECT_TRUE(has_kept_session()) << "the stream itself";
}

TEST_P(duplicated_connection, outlives_the_stream) {
  auto first = std::make_unique<client>(client_, options_);
  detail::ssl_ptr copy(SSL_dup(first->ssl.get()));
  first.reset();
  complete(std::move(copy));
  EXPECT_FALSE(has_kept_session());
}

TEST(duplicated_data, are_those_that_can_be_copied) {
  struct of_all {
    int number;
  };
  struct of_one {
    of_one() = default;
    of_one(const of_one&) = delete;
    of_one& operator=(const of_one&) = delete;
    ~of_one() = default;
  };
  const ssl_context context = ssl_context::client(client_options());
  const detail::ssl_ptr ssl = make_connection(context);
  detail::ssl_ex_data<of_all>::put(ssl.get(), 7);
  detail::ssl_ex_data<of_one>::put(ssl.get());
  const detail::ssl_ptr copy(SSL_dup(ssl.get()));
  ASSERT_NE(detail::ssl_ex_data<of_all>::get(copy.get()), nullptr);
  EXPECT_EQ(detail::ssl_ex_data<of_all>::get(copy.get())->number, 7);
  EXPECT_EQ(detail::ssl_ex_data<of_one>::get(copy.get()), nullptr);
  EXPECT_NE(detail::ssl_ex_data<of_one>::get(ssl.get()), nullptr);
}

}  // namespace
}  // namespace test
}  // namespace iostls
