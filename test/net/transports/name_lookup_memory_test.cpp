// SPDX-License-Identifier: Apache-2.0
// Looking names up while memory runs short.
#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <iostls/ssl_error.hpp>
#include <iostls/tcp.hpp>

#include "descriptor.hpp"
#include "failing_memory.hpp"
#include "fake_resolver.hpp"
#include "tcp_ends.hpp"

namespace iostls {
namespace {

using namespace test;
using std::chrono::seconds;

// Copying it allocates.
const std::string long_name =
    "a.host.whose.name.is.too.long.for.a.string.that.needs.no.memory.test";

// From the answer of the name server on, until its thread ends.
void let_memory_end() {
  fail_allocation(0, true);
  memory_exposure::begin();
}

TEST(name_lookup, ends_with_an_error_where_its_thread_has_no_memory_left) {
  const named_addresses name(long_name, {"127.0.0.1"});
  after_look_up(let_memory_end);
  const ssl_error e =
      failure_of([&] { descriptor(connect_tcp(long_name, "443", in(seconds(30)))); });
  after_look_up(nullptr);
  fail_no_allocation();
  EXPECT_EQ(e.code(), std::errc::not_enough_memory) << e.what();
}

// Whether memory was short.
bool looks_up_without_allocation(std::uint64_t number) {
  fail_allocation(number, false);
  try {
    const memory_exposure exposed;
    descriptor(connect_tcp(long_name, "443", in(seconds(30))));
  } catch (const std::exception&) {  // which one is not of interest here
  }
  const bool was_short = allocations() > number;
  fail_no_allocation();
  return was_short;
}

// Nobody would end a look-up that has no thread, and all who ask for the same would wait for it.
TEST(name_lookup, is_begun_again_after_memory_was_short) {
  const named_addresses unknown(long_name, {});
  std::uint64_t number = 0;
  while (looks_up_without_allocation(number)) {
    const ssl_error e =
        failure_of([&] { descriptor(connect_tcp(long_name, "443", in(seconds(5)))); });
    ASSERT_NE(e.code(), ssl_errc::timed_out) << "without allocation " << number;
    ++number;
  }
  EXPECT_GT(number, 5U);
}

}  // namespace
}  // namespace iostls
