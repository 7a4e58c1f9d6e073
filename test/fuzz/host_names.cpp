// SPDX-License-Identifier: Apache-2.0
// Names of hosts: what is taken for one can be used with TLS, and names are compared as DNS does.
//
// Input: two names, a line each.
#include <iostls/certificate.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>

#include <algorithm>
#include <string>

#include <openssl/ssl.h>

#include "context/connection_options.hpp"
#include "context/context.hpp"
#include "fixture.hpp"
#include "fuzz_input.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace fuzz {
namespace {

const ssl_context& client() {
  static const auto context = ssl_context::client(test::client_options());
  return context;
}

// True if a connection can be made that asks for the name and verifies it.
bool usable(const std::string& name) {
  const detail::ssl_ptr ssl(SSL_new(client().state()->get()));
  connection_options own;
  own.server_name = name;
  try {
    detail::apply_connection_options(ssl.get(), false, client().state()->options(), own);
    return true;
  } catch (const ssl_error& e) {
    expect(e.operation() == "server_name", "the error names the option");
    return false;
  }
}

void look_at(const std::string& name) {
  const bool valid = detail::host_name_fault(name).empty();
  expect(usable(name) == valid, "OpenSSL can use a name if, and only if, we find no fault with it");
  expect_no_openssl_error();
  expect(detail::same_host(name, name), "a name is the same as itself");
  static const auto c = certificate::from_pem(test::localhost().certificate);
  const bool matches = c.matches(name);
  const detail::host_name host(name);
  if (!valid) {
    expect(!matches, "no certificate matches what is no name");
    return;
  }
  const bool ours =
      detail::same_host(name, "localhost") || host.text == "127.0.0.1" || host.is_address;
  expect(!matches || ours, "a certificate for localhost matches nothing else");
  expect(matches || !detail::same_host(name, "localhost"), "a certificate matches its name");
  expect(host.is_address || host.text.size() <= 253, "a name fits into SNI");
}

}  // namespace

void prepare() {}

void run(fuzz_input input) {
  const std::string text = input.rest();
  const auto end = std::min(text.find('\n'), text.size());
  const std::string a = text.substr(0, end), b = text.substr(std::min(end + 1, text.size()));
  look_at(a);
  look_at(b);
  expect(detail::same_host(a, b) == detail::same_host(b, a), "sameness goes both ways");
}

}  // namespace fuzz
}  // namespace iostls
