// SPDX-License-Identifier: Apache-2.0
// Options that a context does not accept.
#pragma once

#include <string>

#include <gtest/gtest.h>
#include <iostls/ssl_context.hpp>

#include "fixture.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {

// What making a context throws.
inline ssl_error refusal(const connection_options& options, bool server = false) {
  context_options all = server ? server_options() : client_options();
  static_cast<connection_options&>(all) = options;
  return thrown_by([&] { server ? ssl_context::server(all) : ssl_context::client(all); });
}

// The error names the option.
inline void expect_refused(const connection_options& options, const std::string& option,
                           bool server = false) {
  SCOPED_TRACE(option);
  const ssl_error e = refusal(options, server);
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_EQ(e.operation(), option);
  EXPECT_TRUE(mentions(e, option)) << e.what();
}

}  // namespace test
}  // namespace iostls
