// SPDX-License-Identifier: Apache-2.0
// What the fuzzers of certificates and keys share.
#pragma once

#include <iostls/ssl_error.hpp>

#include <string>

#include "fuzz_input.hpp"

namespace iostls {
namespace fuzz {

// None to seven changes.
inline void edit_some(std::string& der, fuzz_input& input) {
  for (unsigned edits = input.byte() % 8; edits != 0; --edits) edit(der, input);
}

// A context is made of the credentials, or refused by an error that has the reason.
template <class Make>
void expect_made_or_refused(Make make) {
  try {
    make();
  } catch (const ssl_error& e) {
    expect(e.code() == ssl_errc::bad_credentials, e.what());
    expect(!e.operation().empty() && *e.what() != '\0', "the error names the option");
  }
  expect_no_openssl_error();
}

}  // namespace fuzz
}  // namespace iostls
