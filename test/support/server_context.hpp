// SPDX-License-Identifier: Apache-2.0
// A server's context for all connections of a test program.
#pragma once

#include <iostls/ssl_context.hpp>

#include "fixture.hpp"

namespace iostls {
namespace test {

inline const ssl_context& server_context() {
  static const ssl_context context = ssl_context::server(server_options());
  return context;
}

}  // namespace test
}  // namespace iostls
