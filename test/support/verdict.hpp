// SPDX-License-Identifier: Apache-2.0
// What a client of iostls makes of a server's certificate, in a handshake in memory.
#pragma once

#include <cstdio>
#include <string>

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <iostls/ssl_context.hpp>

#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {

inline context_options server_with(const issued& credential) {
  context_options o;
  o.certificate = pem_text(credential.certificate);
  o.key = pem_text(credential.key);
  return o;
}

// What a client makes of the server's certificate. It goes on only if that is X509_V_OK.
inline long verdict(const context_options& client, const issued& server = localhost()) {
  memory_handshake h(ssl_context::server(server_with(server)), ssl_context::client(client));
  const bool passed = h.run();
  EXPECT_EQ(passed, h.client_verdict() == X509_V_OK);
  return h.client_verdict();
}

inline context_options client_for(const std::string& name = "localhost") {
  context_options o;
  o.server_name = name;
  return o;
}

inline context_options trusting(const std::string& authorities) {
  context_options o = client_for();
  o.ca_certificates = pem_text(authorities);
  return o;
}

inline void expect_refused(const context_options& o, const std::string& option,
                           const std::string& word, ssl_errc kind = ssl_errc::bad_credentials) {
  const ssl_error e = thrown_by([&] { ssl_context::client(o); });
  EXPECT_EQ(e.code(), kind) << e.what();
  EXPECT_EQ(e.operation(), option) << e.what();
  EXPECT_TRUE(mentions(e, word)) << word << ": " << e.what();
}

inline std::string hashed_name(const std::string& certificate) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.0",
                X509_subject_name_hash(certificate_from(certificate).get()));
  return name;
}

}  // namespace test
}  // namespace iostls
