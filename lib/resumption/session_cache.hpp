// SPDX-License-Identifier: Apache-2.0
// The sessions that a client context keeps by itself.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <openssl/ssl.h>

#include <iostls/options.hpp>
#include <iostls/ssl_session.hpp>

#include "system/of_each_process.hpp"

namespace iostls {
namespace detail {

// Keeps up to `limit` sessions; the oldest one is dropped first. All functions may be called from
// any thread. A forked process begins with an empty cache: a thread of its parent may have been changing
// the parent's, and a session for one use is the parent's to use.
class session_cache {
 public:
  explicit session_cache(std::size_t limit) : limit_(limit) {}

  // `place` is the server and the port.
  void put(const std::string& place, const ssl_session& session);

  // Returns the newest session that can be resumed there, or an empty one. A session that may be
  // used only once is removed from the cache.
  ssl_session take(const std::string& place);

  std::size_t size();

  // The cache of a connection's context; null if the context has none.
  static session_cache* of(const SSL* ssl) noexcept;

 private:
  struct entry {
    std::string place;
    ssl_session session;
  };
  using entries = std::list<entry>;
  using index = std::multimap<std::string, entries::iterator>;  // the newest last

  struct contents {
    void remove(index::iterator which) noexcept;
    void make_room(const std::string& place, bool for_one_use, std::size_t limit) noexcept;

    entries all;  // the newest is the last
    index by_place;
  };

  struct guarded_contents {
    guarded_contents() = default;
    guarded_contents(const guarded_contents&) = delete;
    guarded_contents& operator=(const guarded_contents&) = delete;
    ~guarded_contents();

    std::mutex mutex;
    std::unique_ptr<contents> it = std::make_unique<contents>();
  };

  const std::size_t limit_;
  of_each_process<guarded_contents> kept_;
};

// Applies session_cache to a fresh context, which shares the cache of `previous`, if that has one.
// `new_session` is called with each session that a connection receives; it returns 0, since it
// keeps no reference. The option's value has been checked.
void apply_session_cache(SSL_CTX* ctx, bool is_server, const context_options& options,
                         SSL_CTX* previous, int (*new_session)(SSL*, SSL_SESSION*));

}  // namespace detail
}  // namespace iostls
