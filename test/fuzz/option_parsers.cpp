// SPDX-License-Identifier: Apache-2.0
// Options that are text: methods and lists of ciphers. They are taken, or refused by an
// ssl_error that names the option.
//
// Input: which option, then its text.
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>

#include <string>

#include "fixture.hpp"
#include "fuzz_input.hpp"

namespace iostls {
namespace fuzz {
namespace {

template <class Operation>
bool taken(const char* option, Operation operation) {
  bool passed = true;
  try {
    operation();
  } catch (const ssl_error& e) {
    passed = false;
    expect(e.code() == ssl_errc::bad_configuration, e.what());
    expect(e.operation() == option, "the error names the option");
  }
  expect_no_openssl_error();
  return passed;
}

void parse_method(const std::string& text) {
  taken("method", [&] {
    const tls_method method = tls_method::parse(text);
    expect(method.min <= method.max, "a method goes from the older version to the newer one");
  });
}

void set_ciphers(const std::string& text) {
  context_options options = test::client_options();
  options.ciphers = text;
  if (taken("ciphers", [&] { ssl_context::client(options); })) {
    expect(text.find('\0') == std::string::npos, "no list has a NUL in it");
  }
}

void set_ciphersuites(const std::string& text) {
  context_options options = test::client_options();
  options.ciphersuites = text;
  if (taken("ciphersuites", [&] { ssl_context::client(options); })) {
    expect(text.compare(0, 4, "TLS_") == 0, "suites of TLS 1.3 have names that begin with TLS_");
  }
}

}  // namespace
}  // namespace fuzz
}  // namespace iostls

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace iostls::fuzz;  // NOLINT: a function of one screen
  fuzz_input input(data, size);
  const unsigned which = input.byte();
  const std::string text = input.rest();
  switch (which % 3) {
    case 0:
      parse_method(text);
      break;
    case 1:
      set_ciphers(text);
      break;
    default:
      set_ciphersuites(text);
  }
  return 0;
}
