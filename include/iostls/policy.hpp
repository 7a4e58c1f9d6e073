// SPDX-License-Identifier: Apache-2.0
/// \file
/// Named sets of options that never change, and what a context has come to.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <iostls/export.hpp>
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>

namespace iostls {

/// A named set of options: versions, ciphers, groups, signature algorithms, and which side's order of ciphers
/// decides. The defaults of this library move with the state of the art; a policy stays as it is, in each
/// version of the library, so that those who must may state what they use and when they change it.
/// \code
///   context_options options;
///   tls_policy::of("2026-12").fill(options);
///   options.certificate = "server.pem";
/// \endcode
///
/// | Name | Contents |
/// |---|---|
/// | "2026-12" | the defaults of December 2026 |
/// | "intermediate" | TLS 1.2 and 1.3, as in version 5.7 of Mozilla's "Server Side TLS" |
/// | "modern" | TLS 1.3 alone, likewise |
class tls_policy {
 public:
  /// Throws `ssl_error` (`bad_configuration`) with all names if there is none of this name.
  IOSTLS_EXPORT static tls_policy of(const std::string& name);

  /// The names of all policies.
  IOSTLS_EXPORT static std::vector<std::string> names();

  const std::string& name() const { return name_; }

  /// Sets the options of the policy, also those that are set already; leaves all others alone. What is set
  /// afterwards applies instead. Names of groups and signature algorithms that OpenSSL may lack have
  /// a "?"; a cipher that it lacks, as with FIPS, is refused when the context is made.
  IOSTLS_EXPORT void fill(connection_options& options) const;

 private:
  tls_policy(std::string name, connection_options options)
      : name_(std::move(name)), options_(std::move(options)) {}

  std::string name_;
  connection_options options_;
};

/// What a context negotiates with this OpenSSL, as text for logs, tests and auditors, a line each: role,
/// versions, cipher suites, ciphers, groups and signature algorithms, the preferred ones first, whose
/// order decides, what is required of the peer's certificate, and OpenSSL's security level. Groups and signature
/// algorithms are those of the options; a command that sets others, which comes on top, has a line of its own.
/// The text contains no secret; its form may get more lines.
IOSTLS_EXPORT std::string effective_configuration(const ssl_context& context);

}  // namespace iostls
