// SPDX-License-Identifier: Apache-2.0
#include "resumption/session_cache.hpp"

#include <iterator>
#include <memory>

#include "openssl/ctx_ex_data.hpp"
#include "options/effective_options.hpp"
#include "resumption/session.hpp"

namespace iostls {
namespace detail {
namespace {

// More than a few tickets for one server are needed only if many threads connect at the same time.
constexpr std::size_t most_of_one_place = 16;

using shared_cache = std::shared_ptr<session_cache>;

}  // namespace

void session_cache::remove(index::iterator which) noexcept {
  all_.erase(which->second);
  by_place_.erase(which);
}

// A session that can be used repeatedly replaces those before it.
void session_cache::make_room(const std::string& place, bool for_one_use) noexcept {
  const std::size_t most = for_one_use ? most_of_one_place : 1;
  while (by_place_.count(place) >= most) remove(by_place_.lower_bound(place));
  // The oldest of all is also the oldest for its server.
  while (all_.size() >= limit_) remove(by_place_.lower_bound(all_.front().place));
}

void session_cache::put(const std::string& place, const ssl_session& session) {
  entries fresh{{place, session}};
  const std::lock_guard<std::mutex> l(mutex_);
  make_room(place, session.state()->is_for_one_use());
  by_place_.emplace(place, fresh.begin());
  all_.splice(all_.end(), fresh);
}

ssl_session session_cache::take(const std::string& place) {
  const std::lock_guard<std::mutex> l(mutex_);
  while (by_place_.count(place) != 0) {
    const auto newest = std::prev(by_place_.upper_bound(place));
    ssl_session session = newest->second->session;
    const bool usable = session.state()->is_usable();
    if (!usable || session.state()->is_for_one_use()) remove(newest);
    if (usable) return session;
  }
  return {};
}

std::size_t session_cache::size() const {
  const std::lock_guard<std::mutex> l(mutex_);
  return all_.size();
}

session_cache* session_cache::of(const SSL* ssl) noexcept {
  const shared_cache* const shared = ctx_ex_data<shared_cache>::get(ssl);
  return shared != nullptr ? shared->get() : nullptr;
}

void apply_session_cache(SSL_CTX* ctx, bool is_server, const context_options& options,
                         SSL_CTX* previous, int (*new_session)(SSL*, SSL_SESSION*)) {
  const int limit = value_of<&context_options::session_cache>(is_server, options);
  if (limit == 0) return;
  const shared_cache* const earlier =
      previous != nullptr ? ctx_ex_data<shared_cache>::get(previous) : nullptr;
  ctx_ex_data<shared_cache>::put(
      ctx,
      std::make_unique<shared_cache>(
          earlier != nullptr ? *earlier
                             : std::make_shared<session_cache>(static_cast<std::size_t>(limit))));
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ctx, new_session);
}

}  // namespace detail
}  // namespace iostls
