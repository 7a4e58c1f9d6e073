// SPDX-License-Identifier: Apache-2.0
// Keys of session tickets: a server takes those that have the size of a key, and refuses all others
// by an ssl_error that has the reason, in whatever way it gets them.
//
// Input: how many keys; then of each, where it is, how long it is, and its bytes.
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/ticket_key.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "files.hpp"
#include "fixture.hpp"
#include "fuzz_input.hpp"

namespace iostls {
namespace fuzz {
namespace {

template <class Operation>
bool taken(Operation operation) {
  bool passed = true;
  try {
    operation();
  } catch (const ssl_error& e) {
    passed = false;
    expect(e.code() == ssl_errc::bad_credentials, e.what());
    expect(e.operation() == "ticket_keys", "the error names the option");
  }
  expect_no_openssl_error();
  return passed;
}

std::size_t size_of_key(fuzz_input& input) {
  const unsigned choice = input.byte();
  if (choice < 64) return 48;
  if (choice < 128) return 80;
  return input.byte();
}

ssl_context server_with(const std::vector<ticket_key>& keys) {
  context_options options = test::server_options();
  options.ticket_keys = keys;
  return ssl_context::server(options);
}

}  // namespace

void prepare() {}

void run(fuzz_input input) {
  static const test::temp_dir files;
  static const ssl_context server = server_with({ticket_key::random()});
  std::vector<ticket_key> keys;
  bool all_fit = true;
  for (unsigned count = input.byte() % 4 + 1; count != 0; --count) {
    const bool is_file = input.byte() % 2 == 1;
    std::string bytes = input.text(size_of_key(input));
    all_fit = all_fit && (bytes.size() == 48 || bytes.size() == 80);
    keys.push_back(is_file ? ticket_key(files.write("key" + std::to_string(count), bytes))
                           : ticket_key::from_bytes(bytes));
  }
  expect(taken([&] { server_with(keys); }) == all_fit, "keys of 48 or 80 bytes are taken");
  expect(taken([&] { server.set_ticket_keys(keys); }) == all_fit, "keys are replaced by the same");
}

}  // namespace fuzz
}  // namespace iostls
