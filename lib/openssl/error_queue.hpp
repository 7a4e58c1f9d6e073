// SPDX-License-Identifier: Apache-2.0
// OpenSSL's error queue, of which each thread has one.
#pragma once

#include <openssl/err.h>

namespace iostls {
namespace detail {

// Empties it. Nearly always it is empty, and to see that costs a quarter of ERR_clear_error, which
// counts where it is called for each record.
inline void clear_error_queue() noexcept {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

// What OpenSSL complains of while this exists is nobody's concern; what it has complained of before stays.
class error_queue_mark {
 public:
  error_queue_mark() noexcept { ERR_set_mark(); }
  error_queue_mark(const error_queue_mark&) = delete;
  error_queue_mark& operator=(const error_queue_mark&) = delete;
  ~error_queue_mark() { ERR_pop_to_mark(); }
};

}  // namespace detail
}  // namespace iostls
