// SPDX-License-Identifier: Apache-2.0
// Options that are text: methods, ciphers, names of algorithms and protocols, pins, and commands for
// OpenSSL. They are taken, or refused by an ssl_error that names the option.
//
// Input: which option, then its text; of lists and commands, a line each.
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

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

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

using list_option = setting<std::vector<std::string>> connection_options::*;

bool set_list(const char* name, list_option option, const std::vector<std::string>& list) {
  context_options options = test::client_options();
  options.*option = list;
  return taken(name, [&] { ssl_context::client(options); });
}

void set_algorithms(const char* name, list_option option, const std::string& text) {
  const std::vector<std::string> names = lines(text);
  if (!set_list(name, option, names)) return;
  expect(std::set<std::string>(names.begin(), names.end()).size() == names.size(),
         "no name is there twice");
}

void set_alpn(const std::string& text) {
  const std::vector<std::string> names = lines(text);
  const bool valid = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return !name.empty() && name.size() <= 255;
  });
  expect(set_list("alpn", &connection_options::alpn, names) == valid,
         "a protocol's name has 1 to 255 bytes");
}

void set_pins(const std::string& text) {
  if (!set_list("pinned_public_keys", &connection_options::pinned_public_keys, lines(text))) return;
  for (const std::string& line : lines(text)) {
    expect(line.size() % 53 == 52 && line.compare(0, 8, "sha256//") == 0,
           "a pin is a mark and 44 characters, and one is parted from the next");
  }
}

// Not those that open a file.
void run_commands(const std::string& text) {
  static const char* const names[] = {"CipherString",  "Ciphersuites",
                                      "Groups",        "SignatureAlgorithms",
                                      "MinProtocol",   "ClientSignatureAlgorithms",
                                      "MaxProtocol",   "Options",
                                      "RecordPadding", "VerifyMode"};
  context_options options = test::client_options();
  for (const std::string& line : lines(text)) {
    const unsigned which = line.empty() ? 0 : static_cast<unsigned char>(line[0]) - '0';
    options.openssl_commands.emplace_back(names[which % 10],
                                          line.substr(std::min<std::size_t>(1, line.size())));
  }
  taken("openssl_commands", [&] { ssl_context::client(options); });
}

}  // namespace

void prepare() {}

void run(fuzz_input input) {
  const unsigned which = input.byte();
  const std::string text = input.rest();
  switch (which % 8) {
    case 0:
      parse_method(text);
      break;
    case 1:
      set_ciphers(text);
      break;
    case 2:
      set_ciphersuites(text);
      break;
    case 3:
      set_algorithms("groups", &connection_options::groups, text);
      break;
    case 4:
      set_algorithms("signature_algorithms", &connection_options::signature_algorithms, text);
      break;
    case 5:
      set_alpn(text);
      break;
    case 6:
      set_pins(text);
      break;
    default:
      run_commands(text);
  }
}

}  // namespace fuzz
}  // namespace iostls
