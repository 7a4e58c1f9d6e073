// SPDX-License-Identifier: Apache-2.0
#include "resumption/server_tickets.hpp"

#include <algorithm>
#include <ctime>
#include <new>
#include <string>

#include <openssl/x509.h>

#include "base/utc_time.hpp"
#include "credentials/end_point_digest.hpp"
#include "credentials/x509_sharing.hpp"
#include "negotiation/hello_fields.hpp"
#include "negotiation/offer_limit.hpp"
#include "negotiation/psk.hpp"
#include "openssl/callback_exception.hpp"
#include "openssl/error.hpp"
#include "openssl/raw_public_key.hpp"
#include "openssl/ticket_record.hpp"
#include "options/effective_options.hpp"
#include "resumption/session_creation_time.hpp"
#include "resumption/session_scope.hpp"
#include "resumption/ticket_keys.hpp"
#include "verification/certificate_verifier.hpp"
#include "verification/session_chain_verifier.hpp"

namespace iostls {
namespace detail {
namespace {

using std::chrono::seconds;

// A client sends its tickets in its first message, and OpenSSL aborts if one is longer than 64 KiB.
// The client's own certificate is included in any case.
constexpr std::size_t largest_chain = 16384;

// How far the clock of another server that has made a ticket may differ from ours.
constexpr utc_seconds ticket_clock_skew = 300;

bool has_id(const SSL_SESSION* session, const scope_id& id) noexcept {
  unsigned int size = 0;
  const unsigned char* const bytes = SSL_SESSION_get0_id_context(session, &size);
  return size == id.size() && std::equal(id.begin(), id.end(), bytes);
}

bool is_young(const SSL* ssl, const ticket_record& record) noexcept {
  const utc_seconds now = std::time(nullptr);
  return record.made <= now + ticket_clock_skew &&
         now - record.made < SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl)) && now < record.until;
}

// Only a full handshake asks the user's function about the client again.
bool is_client_accepted(SSL* ssl, SSL_SESSION* session, const ticket_record& record) {
  const int mode = SSL_get_verify_mode(ssl);
  if ((mode & SSL_VERIFY_PEER) == 0) return true;
  if (const EVP_PKEY* const key = raw_key_of(session)) return accepts_raw_key(ssl, key);
  X509* const client = SSL_SESSION_get0_peer(session);
  if (client == nullptr) return (mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) == 0;
  return record.has_chain && !has_verify_callback(ssl) &&
         verify_again(ssl, client, record.chain).goes_on;
}

bool is_acceptable(SSL* ssl, SSL_SESSION* session) {
  std::string asked;
  const auto record = record_of(session);
  if (!record || !read_server_name(ssl, asked)) return false;
  const auto id = scope_id_of(ssl, asked);
  if (!id || !has_id(session, *id) || !is_young(ssl, *record)) return false;
  const bool is_known = record->psk_identity.empty()
                            ? is_client_accepted(ssl, session, *record)
                            : psk_is_known(ssl, record->psk_identity, record->psk_digest);
  return is_known && SSL_set_session_id_context(ssl, id->data(), id->size()) == 1;
}

extern "C" SSL_TICKET_RETURN judge_ticket(SSL* ssl, SSL_SESSION* session, const unsigned char*,
                                          std::size_t, SSL_TICKET_STATUS status, void*) noexcept {
  const bool renew = status == SSL_TICKET_SUCCESS_RENEW;
  if (session == nullptr || (!renew && status != SSL_TICKET_SUCCESS)) {
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  try {
    const offer_verdict verdict = next_offer(ssl);
    if (verdict == offer_verdict::given_up) return SSL_TICKET_RETURN_ABORT;
    if (verdict == offer_verdict::passed_over || !is_acceptable(ssl, session)) {
      return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
  } catch (...) {
    keep_callback_exception(ssl);
    return SSL_TICKET_RETURN_ABORT;
  }
  return renew ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

utc_seconds end_of(const STACK_OF(X509) * chain) {
  utc_seconds first = ticket_record().until;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    utc_seconds end = 0;
    const bool is_time = read_time(X509_get0_notAfter(sk_X509_value(chain, i)), end);
    first = (std::min)(first, is_time ? end : 0);
  }
  return first;
}

std::size_t size_of(const X509* certificate) {
  const int size = certificate != nullptr ? i2d_X509(certificate, nullptr) : 0;
  return static_cast<std::size_t>((std::max)(size, 0));
}

bool is_short(const X509* leaf, const STACK_OF(X509) * chain) {
  std::size_t size = size_of(leaf);
  for (int i = 0; i < sk_X509_num(chain); ++i) size += size_of(sk_X509_value(chain, i));
  return size <= largest_chain;
}

ticket_record new_record(SSL* ssl) {
  ticket_record record;
  record.made = std::time(nullptr);
  record.psk_identity = psk_identity(ssl);
  record.psk_digest = psk_digest(ssl);
  const X509* const own = server_shows_raw_key(ssl) ? nullptr : SSL_get_certificate(ssl);
  if (own != nullptr) record.end_point = end_point_digest(own);
  if (const STACK_OF(X509)* const verified = SSL_get0_verified_chain(ssl)) {
    record.until = end_of(verified);
  }
  const STACK_OF(X509)* const sent = SSL_get_peer_cert_chain(ssl);
  record.has_chain = is_short(SSL_get0_peer_certificate(ssl), sent);
  if (record.has_chain) record.chain = shared(sent);
  return record;
}

// The client learns for how long it may keep the ticket. One second is the least that OpenSSL can
// express. If the user's function has accepted an expired certificate, no time is left.
void limit(SSL* ssl, SSL_SESSION* session, const ticket_record& record) {
  const utc_seconds lifetime = SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl));
  const utc_seconds end = (std::min)(record.made + lifetime, record.until);
  const utc_seconds left = (std::max)(end - creation_time_of(session), utc_seconds{1});
  SSL_SESSION_set_timeout(session, static_cast<long>(left));
}

// A session that came out of a ticket has its record, and so does one that has been put into a
// ticket.
void complete(SSL* ssl, SSL_SESSION* session) {
  const char* const asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const auto id = scope_id_of(ssl, asked != nullptr ? asked : "");
  if (!id || SSL_SESSION_set1_id_context(session, id->data(), id->size()) != 1) return;
  auto record = record_of(session);
  if (!record) {
    record = new_record(ssl);
    if (!write_record(session, *record)) return;
  }
  limit(ssl, session, *record);
}

// Called before a ticket is made. If memory is short, the ticket is one that no server accepts.
extern "C" int complete_ticket(SSL* ssl, void*) noexcept {
  try {
    complete(ssl, SSL_get_session(ssl));
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): see above
  }
  return 1;
}

}  // namespace

void apply_session_tickets(SSL_CTX* ctx, const context_options& options) {
  const bool has_keys = !options.ticket_keys.empty();
  const bool on = value_of<&context_options::session_tickets>(true, options);
  if (has_keys && !on) {
    throw_option_error(ssl_errc::bad_configuration, "ticket_keys", "session_tickets is false");
  }
  // Without tickets, TLS 1.3 would name sessions that it expects in a cache, and there is none.
  const int number = on ? value_of<&context_options::num_tickets>(true, options) : 0;
  SSL_CTX_set_num_tickets(ctx, static_cast<std::size_t>(number));
  if (!on) SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
  if (has_keys) apply_ticket_keys(ctx, options.ticket_keys);
}

void apply_session_lifetime(SSL_CTX* ctx, const context_options& options) {
  const seconds lifetime = value_of<&context_options::session_lifetime>(true, options);
  SSL_CTX_set_timeout(ctx, static_cast<long>(lifetime.count()));
}

void apply_ticket_checks(SSL_CTX* ctx) {
  if (SSL_CTX_set_session_ticket_cb(ctx, complete_ticket, judge_ticket, nullptr) != 1) {
    throw make_error(ssl_errc::bad_configuration, "context", "out of memory");
  }
}

}  // namespace detail
}  // namespace iostls
