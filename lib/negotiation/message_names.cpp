// SPDX-License-Identifier: Apache-2.0
#include "negotiation/message_names.hpp"

#include <algorithm>
#include <iterator>

#include <openssl/ssl.h>

namespace iostls {
namespace detail {
namespace {

struct named_number {
  std::size_t number;
  const char* name;
};

template <std::size_t Size>
std::string name_in(const named_number (&table)[Size], std::size_t number) {
  const auto* const found = std::find_if(std::begin(table), std::end(table),
                                         [=](const named_number& n) { return n.number == number; });
  return found != std::end(table) ? found->name : "UNKNOWN";
}

constexpr named_number content_type_names[] = {
    {20, "ChangeCipherSpec"}, {21, "Alert"}, {22, "Handshake"}, {23, "ApplicationData"}};

constexpr named_number handshake_type_names[] = {{0, "HelloRequest"},
                                                 {1, "ClientHello"},
                                                 {2, "ServerHello"},
                                                 {4, "NewSessionTicket"},
                                                 {5, "EndOfEarlyData"},
                                                 {8, "EncryptedExtensions"},
                                                 {11, "Certificate"},
                                                 {12, "ServerKeyExchange"},
                                                 {13, "CertificateRequest"},
                                                 {14, "ServerHelloDone"},
                                                 {15, "CertificateVerify"},
                                                 {16, "ClientKeyExchange"},
                                                 {20, "Finished"},
                                                 {22, "CertificateStatus"},
                                                 {23, "SupplementalData"},
                                                 {24, "KeyUpdate"},
                                                 {25, "CompressedCertificate"},
                                                 {67, "NextProto"},
                                                 {254, "MessageHash"}};

constexpr named_number extension_names[] = {{0, "server_name"},
                                            {1, "max_fragment_length"},
                                            {5, "status_request"},
                                            {10, "supported_groups"},
                                            {11, "ec_point_formats"},
                                            {13, "signature_algorithms"},
                                            {14, "use_srtp"},
                                            {16, "application_layer_protocol_negotiation"},
                                            {18, "signed_certificate_timestamps"},
                                            {19, "client_cert_type"},
                                            {20, "server_cert_type"},
                                            {21, "padding"},
                                            {22, "encrypt_then_mac"},
                                            {23, "extended_master_secret"},
                                            {27, "compress_certificate"},
                                            {28, "record_size_limit"},
                                            {35, "session_ticket"},
                                            {41, "psk"},
                                            {42, "early_data"},
                                            {43, "supported_versions"},
                                            {44, "cookie_ext"},
                                            {45, "psk_key_exchange_modes"},
                                            {47, "certificate_authorities"},
                                            {49, "post_handshake_auth"},
                                            {50, "signature_algorithms_cert"},
                                            {51, "key_share"},
                                            {0xfe0d, "encrypted_client_hello"},
                                            {0xff01, "renegotiate"}};

constexpr named_number scheme_names[] = {{0x0201, "rsa_pkcs1_sha1"},
                                         {0x0202, "dsa_sha1"},
                                         {0x0203, "ecdsa_sha1"},
                                         {0x0301, "rsa_pkcs1_sha224"},
                                         {0x0302, "dsa_sha224"},
                                         {0x0303, "ecdsa_sha224"},
                                         {0x0401, "rsa_pkcs1_sha256"},
                                         {0x0402, "dsa_sha256"},
                                         {0x0403, "ecdsa_secp256r1_sha256"},
                                         {0x0501, "rsa_pkcs1_sha384"},
                                         {0x0502, "dsa_sha384"},
                                         {0x0503, "ecdsa_secp384r1_sha384"},
                                         {0x0601, "rsa_pkcs1_sha512"},
                                         {0x0602, "dsa_sha512"},
                                         {0x0603, "ecdsa_secp521r1_sha512"},
                                         {0x0708, "sm2sig_sm3"},
                                         {0x0804, "rsa_pss_rsae_sha256"},
                                         {0x0805, "rsa_pss_rsae_sha384"},
                                         {0x0806, "rsa_pss_rsae_sha512"},
                                         {0x0807, "ed25519"},
                                         {0x0808, "ed448"},
                                         {0x0809, "rsa_pss_pss_sha256"},
                                         {0x080a, "rsa_pss_pss_sha384"},
                                         {0x080b, "rsa_pss_pss_sha512"},
                                         {0x081a, "ecdsa_brainpoolP256r1tls13_sha256"},
                                         {0x081b, "ecdsa_brainpoolP384r1tls13_sha384"},
                                         {0x081c, "ecdsa_brainpoolP512r1tls13_sha512"},
                                         {0x0904, "mldsa44"},
                                         {0x0905, "mldsa65"},
                                         {0x0906, "mldsa87"}};

constexpr named_number group_names[] = {{23, "secp256r1 (P-256)"},
                                        {24, "secp384r1 (P-384)"},
                                        {25, "secp521r1 (P-521)"},
                                        {29, "ecdh_x25519"},
                                        {30, "ecdh_x448"},
                                        {31, "brainpoolP256r1tls13"},
                                        {32, "brainpoolP384r1tls13"},
                                        {33, "brainpoolP512r1tls13"},
                                        {41, "curveSM2"},
                                        {256, "ffdhe2048"},
                                        {257, "ffdhe3072"},
                                        {258, "ffdhe4096"},
                                        {259, "ffdhe6144"},
                                        {260, "ffdhe8192"},
                                        {512, "MLKEM512"},
                                        {513, "MLKEM768"},
                                        {514, "MLKEM1024"},
                                        {4587, "SecP256r1MLKEM768"},
                                        {4588, "X25519MLKEM768"},
                                        {4589, "SecP384r1MLKEM1024"},
                                        {4590, "curveSM2MLKEM768"}};

constexpr named_number wire_versions[] = {{SSL3_VERSION, "SSL 3.0"},
                                          {TLS1_VERSION, "TLS 1.0"},
                                          {TLS1_1_VERSION, "TLS 1.1"},
                                          {TLS1_2_VERSION, "TLS 1.2"},
                                          {TLS1_3_VERSION, "TLS 1.3"}};

}  // namespace

std::string content_type_name(std::size_t type) { return name_in(content_type_names, type); }

std::string handshake_type_name(std::size_t type) { return name_in(handshake_type_names, type); }

std::string extension_name(std::size_t type) { return name_in(extension_names, type); }

std::string signature_scheme_name(std::size_t scheme) { return name_in(scheme_names, scheme); }

std::string named_group_name(std::size_t group) { return name_in(group_names, group); }

std::string wire_version_name(std::size_t version) { return name_in(wire_versions, version); }

}  // namespace detail
}  // namespace iostls
