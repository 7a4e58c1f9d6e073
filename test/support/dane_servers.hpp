// SPDX-License-Identifier: Apache-2.0
// Servers for tests of DANE.
#pragma once

#include <string>
#include <vector>

#include <iostls/options.hpp>

#include "fixture.hpp"
#include "tlsa.hpp"

namespace iostls {
namespace test {

using records = std::vector<tlsa_record>;

enum usage { pkix_ta, pkix_ee, dane_ta, dane_ee };

inline const std::string& root() { return test_authority().certificate(); }

// With an intermediate authority, which the server sends, and the root.
inline const issued& chained() {
  static const issued instance = [] {
    issued i = test_authority().intermediate().leaf();
    i.certificate += root();
    return i;
  }();
  return instance;
}

// The second certificate of a text.
inline std::string issuer_in(const std::string& pem) {
  return pem.substr(pem.find("-----BEGIN", 1));
}

// A certificate of which nothing is right but its key.
inline const issued& outdated() {
  static const issued instance = [] {
    leaf_options o;
    o.names = {"elsewhere.example"};
    o.valid = {std::chrono::hours(-48), std::chrono::hours(-24)};
    o.extended_key_usage = "clientAuth";
    return authority("Unknown").leaf(o);
  }();
  return instance;
}

inline const issued& stranger() {
  static const issued instance = authority("Other").leaf();
  return instance;
}

inline void serve(context_options& server, const issued& as) {
  server.certificate = pem_text(as.both());
  server.key = {};
}

inline void trust_nothing(context_options& client) {
  client.ca_certificates = pem_text();
  client.system_trust = false;
}

}  // namespace test
}  // namespace iostls
