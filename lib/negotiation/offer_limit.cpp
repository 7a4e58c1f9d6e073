// SPDX-License-Identifier: Apache-2.0
#include "negotiation/offer_limit.hpp"

#include "openssl/ssl_ex_data.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr int most_offers = 8;

struct seen_offers {
  seen_offers() = default;
  // A copy of the connection has no watch.
  seen_offers(const seen_offers&) = delete;
  seen_offers& operator=(const seen_offers&) = delete;
  ~seen_offers() = default;

  const handshake_watch* watch = nullptr;
  int looked_at = 0;
  bool given_up = false;
};

using seen_offers_slot = ssl_ex_data<seen_offers>;

seen_offers& offers_of(SSL* ssl) {
  seen_offers* const found = seen_offers_slot::get(ssl);
  return found != nullptr ? *found : seen_offers_slot::put(ssl);
}

}  // namespace

void watch_handshake(SSL* ssl, const handshake_watch& watch) { offers_of(ssl).watch = &watch; }

offer_verdict next_offer(SSL* ssl) {
  if (SSL_version(ssl) < TLS1_3_VERSION) return offer_verdict::looked_at;  // there is only one
  seen_offers& all = offers_of(ssl);
  if (all.looked_at == most_offers) return offer_verdict::passed_over;
  if (all.watch != nullptr && all.watch->is_too_late()) {
    all.given_up = true;
    return offer_verdict::given_up;
  }
  ++all.looked_at;
  return offer_verdict::looked_at;
}

bool is_given_up(const SSL* ssl) noexcept {
  const seen_offers* const found = seen_offers_slot::get(ssl);
  return found != nullptr && found->given_up;
}

}  // namespace detail
}  // namespace iostls
