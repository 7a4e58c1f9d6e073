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

// One of the parent process that was being changed at the fork is left alone.
session_cache::guarded_contents::~guarded_contents() {
  const std::unique_lock<std::mutex> l(mutex, std::try_to_lock);
  if (!l) static_cast<void>(it.release());
}

void session_cache::contents::remove(index::iterator which) noexcept {
  all.erase(which->second);
  by_place.erase(which);
}

// A session that can be used repeatedly replaces those before it.
void session_cache::contents::make_room(const std::string& place, bool for_one_use,
                                        std::size_t limit) noexcept {
  const std::size_t most = for_one_use ? most_of_one_place : 1;
  while (by_place.count(place) >= most) remove(by_place.lower_bound(place));
  // The oldest of all is also the oldest for its server.
  while (all.size() >= limit) remove(by_place.lower_bound(all.front().place));
}

void session_cache::put(const std::string& place, const ssl_session& session) {
  entries fresh{{place, session}};
  guarded_contents& kept = kept_.get();
  const std::lock_guard<std::mutex> l(kept.mutex);
  contents& c = *kept.it;
  c.make_room(place, session.state()->is_for_one_use(), limit_);
  c.by_place.emplace(place, fresh.begin());
  c.all.splice(c.all.end(), fresh);
}

ssl_session session_cache::take(const std::string& place) {
  guarded_contents& kept = kept_.get();
  const std::lock_guard<std::mutex> l(kept.mutex);
  contents& c = *kept.it;
  while (c.by_place.count(place) != 0) {
    const auto newest = std::prev(c.by_place.upper_bound(place));
    ssl_session session = newest->second->session;
    const bool usable = session.state()->is_usable();
    if (!usable || session.state()->is_for_one_use()) c.remove(newest);
    if (usable) return session;
  }
  return {};
}

std::size_t session_cache::size() {
  guarded_contents& kept = kept_.get();
  const std::lock_guard<std::mutex> l(kept.mutex);
  return kept.it->all.size();
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
