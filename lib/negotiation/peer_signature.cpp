// SPDX-License-Identifier: Apache-2.0
#include "negotiation/peer_signature.hpp"

#include <openssl/objects.h>
#include <openssl/x509.h>

namespace iostls {
namespace detail {
namespace {

#if OPENSSL_VERSION_NUMBER >= 0x30500000L

const char* native_name(SSL* ssl, bool is_server) {
  const char* name = nullptr;
  const int found =
      is_server ? SSL_get0_signature_name(ssl, &name) : SSL_get0_peer_signature_name(ssl, &name);
  return found == 1 && name != nullptr ? name : "";
}

std::string signature_name(SSL* ssl, bool is_server) { return native_name(ssl, is_server); }

#else

// "sha256": the digest's short name in lower case.
std::string digest_name(int nid) {
  switch (nid) {
    case NID_sha1:
      return "sha1";
    case NID_sha224:
      return "sha224";
    case NID_sha256:
      return "sha256";
    case NID_sha384:
      return "sha384";
    case NID_sha512:
      return "sha512";
    default:
      return nid != NID_undef ? OBJ_nid2sn(nid) : "";
  }
}

// TLS 1.3 names the curve along with the digest; TLS 1.2 uses the same numbers for the digest
// alone.
std::string ecdsa_name(const std::string& digest) {
  if (digest == "sha256") return "ecdsa_secp256r1_sha256";
  if (digest == "sha384") return "ecdsa_secp384r1_sha384";
  if (digest == "sha512") return "ecdsa_secp521r1_sha512";
  return "ecdsa_" + digest;
}

bool has_pss_key(const X509* x509) {
  return x509 != nullptr && EVP_PKEY_get_base_id(X509_get0_pubkey(x509)) == EVP_PKEY_RSA_PSS;
}

std::string signature_name(SSL* ssl, bool is_server) {
  int type = NID_undef;
  int digest_nid = NID_undef;
  const int has_type = is_server ? SSL_get_signature_type_nid(ssl, &type)
                                 : SSL_get_peer_signature_type_nid(ssl, &type);
  if (has_type != 1) return {};
  static_cast<void>(is_server ? SSL_get_signature_nid(ssl, &digest_nid)
                              : SSL_get_peer_signature_nid(ssl, &digest_nid));
  const std::string digest = digest_name(digest_nid);
  switch (type) {
    case EVP_PKEY_EC:
      return ecdsa_name(digest);
    case EVP_PKEY_ED25519:
      return "ed25519";
    case EVP_PKEY_ED448:
      return "ed448";
    case EVP_PKEY_RSA:
      return "rsa_pkcs1_" + digest;
    case EVP_PKEY_RSA_PSS:
      return (has_pss_key(is_server ? SSL_get_certificate(ssl) : SSL_get0_peer_certificate(ssl))
                  ? "rsa_pss_pss_"
                  : "rsa_pss_rsae_") +
             digest;
    default:
      return OBJ_nid2sn(type);
  }
}

#endif

}  // namespace

std::string server_signature(SSL* ssl) { return signature_name(ssl, SSL_is_server(ssl) != 0); }

}  // namespace detail
}  // namespace iostls
