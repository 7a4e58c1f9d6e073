// SPDX-License-Identifier: Apache-2.0
// A certificate authority that lives as long as a test. All it hands out is PEM text.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace iostls {
namespace test {

// ECDSA keys are new each time. RSA keys take long to make, so that there is one of each size per
// process: two RSA certificates of the same size have the same key.
enum class key_type { p256, p384, p521, rsa1024, rsa2048, rsa_pss, ed25519, ed448 };

// Relative to now.
struct validity {
  std::chrono::seconds from = std::chrono::hours(-1);
  std::chrono::seconds to = std::chrono::hours(24);
};

struct leaf_options {
  std::string common_name = "localhost";  // empty: the subject is
  // Subject alternative names: addresses, "user@host", "scheme://...", and all else host names, as
  // they are, a NUL included. None: no such extension.
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  validity valid;
  key_type key = key_type::p256;
  // As in x509v3_config(5); empty: no such extension.
  std::string extended_key_usage = "serverAuth,clientAuth";
  // Of the key's PEM text; empty: not encrypted.
  std::string password;
  // Whether it names the key that has signed it, besides the name.
  bool names_issuer_key = true;
  // Whether it promises that its server staples an OCSP response (RFC 7633).
  bool must_staple = false;
};

struct issued {
  std::string certificate;  // the leaf, then the intermediates up to, but not with, the root
  std::string key;
  std::string both() const { return certificate + key; }
};

class authority {
 public:
  // A root.
  explicit authority(const std::string& name = "Test Root", const validity& valid = {},
                     key_type key = key_type::p256);

  // An authority beneath this one.
  authority intermediate(const std::string& name = "Test Intermediate",
                         const validity& valid = {}) const;

  // One that may vouch for some names only: "critical,permitted;DNS:example.org", as in
  // x509v3_config(5).
  authority constrained(const std::string& constraints) const;

  // The other authority's name and key, certified by this one: a cross certificate, as PEM text.
  std::string cross_certificate(const authority& other, const validity& valid = {}) const;

  issued leaf(const leaf_options& options = {}) const;

  // A revocation list of the given leaves (their PEM text; the first certificate counts).
  std::string crl(const std::vector<std::string>& revoked = {}, const validity& valid = {}) const;

  // Its own certificate.
  const std::string& certificate() const noexcept { return certificate_; }
  const std::shared_ptr<EVP_PKEY>& key() const noexcept { return key_; }

 private:
  authority(const authority* issuer, const std::string& name, const validity& valid, key_type key,
            const std::string& constraints = "");

  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> x509_;
  std::string certificate_;
  std::string chain_;  // what a leaf's owner sends after it
};

}  // namespace test
}  // namespace iostls
