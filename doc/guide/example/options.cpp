// SPDX-License-Identifier: Apache-2.0
// The lines of the page on options. Exits with 0 if they do what it states, and with 77 where OpenSSL's providers
// lack what the policy asks for.
#include <iostream>
#include <string>

#include <iostls/iostls.hpp>

#include "two_ends.hpp"

namespace {

// One client of a server that asks nobody for a certificate has to show one.
bool stranger_is_refused(int fd, const iostls::ssl_context& context) {
  iostls::connection_options options;
  options.verify = iostls::verify_mode::required;
  iostls::ssl_server_stream client(fd, context, options);
  client << "welcome\n" << std::flush;
  return client.error() == iostls::ssl_errc::certificate_rejected;
}

bool mistake_is_told() {
  try {
    iostls::context_options options;
    options.ciphers = "NO-SUCH-CIPHER";
    iostls::ssl_context::client(options);
  } catch (const iostls::ssl_error& e) {
    std::cout << e.what() << '\n';
    return e.code() == iostls::ssl_errc::bad_configuration && e.operation() == "ciphers";
  }
  return false;
}

iostls::ssl_context with_policy(iostls::context_options options) {
  iostls::tls_policy::of("2026-12").fill(options);
  const auto context = iostls::ssl_context::server(options);
  std::cout << iostls::effective_configuration(context);
  return context;
}

}  // namespace

int main() {
  const iostls::credential own = iostls::self_signed_certificate({"localhost"});
  iostls::context_options options;
  options.certificate = own.certificate;
  options.key = own.key;
  const std::string available = effective_configuration(iostls::ssl_context::server(options));
  if (available.find("CHACHA20") == std::string::npos) {
    std::cout << "no provider has ChaCha20, which the policy asks for\n";
    return 77;
  }
  with_policy(options);

  two_ends ends;
  const in_background client([&] {
    std::string line;
    auto s = ends.client();
    getline(s, line);
  });
  const bool refused = stranger_is_refused(ends.server_fd(), ends.server_context());
  return refused && mistake_is_told() ? 0 : 1;
}
