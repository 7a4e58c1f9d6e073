// SPDX-License-Identifier: Apache-2.0
#include "negotiation/offer_limit.hpp"

#include <memory>

#include "openssl/ssl_ex_data.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr int most_offers = 8;

struct offers {
  offers() = default;
  // A copy of the connection has no watch.
  offers(const offers&) = delete;
  offers& operator=(const offers&) = delete;
  ~offers() = default;

  const handshake_watch* watch = nullptr;
  int looked_at = 0;
  bool given_up = false;
};

using slot = ssl_ex_data<offers>;

offers& offers_of(SSL* ssl) {
  offers* const found = slot::get(ssl);
  return found != nullptr ? *found : slot::put(ssl, std::make_unique<offers>());
}

}  // namespace

void watch_handshake(SSL* ssl, const handshake_watch& watch) { offers_of(ssl).watch = &watch; }

offer next_offer(SSL* ssl) {
  if (SSL_version(ssl) < TLS1_3_VERSION) return offer::looked_at;  // there is only one
  offers& all = offers_of(ssl);
  if (all.looked_at == most_offers) return offer::passed_over;
  if (all.watch != nullptr && all.watch->is_too_late()) {
    all.given_up = true;
    return offer::given_up;
  }
  ++all.looked_at;
  return offer::looked_at;
}

bool is_given_up(const SSL* ssl) noexcept {
  const offers* const found = slot::get(ssl);
  return found != nullptr && found->given_up;
}

}  // namespace detail
}  // namespace iostls
