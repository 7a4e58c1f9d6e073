// SPDX-License-Identifier: Apache-2.0
#include "verification/dane.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

#include "credentials/public_key_pin.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "options/effective_options.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::uint8_t dane_ee = 3;

[[noreturn]] void refuse_records(const std::string& message) {
  throw_option_error(ssl_errc::bad_configuration, "tlsa_records", message);
}

void check_combination(const connection_options& base, const connection_options& own) {
  if (verify_of(false, effective(base.verify, own.verify)) == verify_mode::none) {
    refuse_records("no certificate is compared with them if verify is none");
  }
  if (value_of<&connection_options::accept_raw_public_keys>(false, base, own)) {
    refuse_records("accept_raw_public_keys is set, and only a certificate is compared with them");
  }
  if (effective(base.server_name, own.server_name).value_or("").empty()) {
    refuse_records("server_name is not set, and they are those of one server");
  }
}

// Of connections that have records: the one that the server matches. `data` belongs to the SSL.
struct matched_record {
  int depth = -1;  // none
  std::uint8_t usage = 0;
  std::uint8_t selector = 0;
  std::uint8_t matching_type = 0;
  const unsigned char* data = nullptr;
  std::size_t size = 0;
};

using match_slot = ssl_ex_data<matched_record>;

// OpenSSL would send the name, and want the certificate to have it, even if it is an address, or is not to
// be sent.
void enable_dane(SSL* ssl, const host_name& server) {
  const bool sends_name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != nullptr;
  bool ok = SSL_dane_enable(ssl, server.text.c_str()) == 1;
  if (!sends_name) ok = SSL_set_tlsext_host_name(ssl, nullptr) == 1 && ok;
  if (server.is_address) {
    ok = X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl), nullptr, 0) == 1 && ok;
  }
  if (!ok) refuse_records("OpenSSL does not accept the name of the server");
  SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
}

// Unusable records are skipped; those of an option are not all unusable.
void add(SSL* ssl, const tlsa_record& record) {
  const auto* const data = reinterpret_cast<const unsigned char*>(record.data.data());
  const int added = SSL_dane_tlsa_add(ssl, record.usage, record.selector, record.matching_type,
                                      data, record.data.size());
  if (added <= 0 && record.fault().empty()) refuse_records("OpenSSL does not accept a record");
  clear_error_queue();
}

}  // namespace

void allow_tlsa_records(SSL_CTX* ctx) {
  if (SSL_CTX_dane_enable(ctx) != 1) {
    throw make_error(ssl_errc::bad_configuration, "context", "OpenSSL does not prepare for DANE");
  }
}

void apply_tlsa_records(SSL* ssl, const connection_options& base, const connection_options& own) {
  const auto& records = effective(base.tlsa_records, own.tlsa_records);
  if (!records.has_value()) return;
  check_combination(base, own);
  enable_dane(ssl, host_name(effective(base.server_name, own.server_name).value()));
  for (const tlsa_record& each : records.value()) add(ssl, each);
  match_slot::put(ssl);
}

void use_tlsa_records(SSL* ssl, X509_STORE_CTX* context) noexcept {
  X509_STORE_CTX_set0_dane(context, SSL_get0_dane(ssl));
}

void note_tlsa_match(SSL* ssl) noexcept {
  matched_record* const match = match_slot::get(ssl);
  if (match == nullptr) return;
  // OpenSSL reports it only of a peer that has passed, of which it does not know yet.
  const long earlier = SSL_get_verify_result(ssl);
  SSL_set_verify_result(ssl, X509_V_OK);
  match->depth = SSL_get0_dane_tlsa(ssl, &match->usage, &match->selector, &match->matching_type,
                                    &match->data, &match->size);
  SSL_set_verify_result(ssl, earlier);
}

void forget_tlsa_match(SSL* ssl) noexcept {
  if (matched_record* const match = match_slot::get(ssl)) *match = {};
}

bool tlsa_settles_name(const SSL* ssl, bool is_waived) noexcept {
  const matched_record* const match = match_slot::get(ssl);
  if (match == nullptr) return false;
  return match->depth < 0 ? is_waived : match->usage == dane_ee;
}

tlsa_match tlsa_match_of(const SSL* ssl) {
  const matched_record* const match = match_slot::get(ssl);
  const bool has_passed =
      SSL_get0_peer_certificate(ssl) != nullptr && SSL_get_verify_result(ssl) == X509_V_OK;
  if (match == nullptr || match->depth < 0 || !has_passed) return {};
  const std::string data(reinterpret_cast<const char*>(match->data), match->size);
  const tlsa_record record{match->usage, match->selector, match->matching_type, data};
  return {record.text(), match->depth};
}

std::string tlsa_text_for(const X509* leaf) {
  pin key{};
  if (!pin_of(leaf, key)) return {};
  return tlsa_record{dane_ee, 1, 1, std::string(key.begin(), key.end())}.text();
}

}  // namespace detail
}  // namespace iostls
