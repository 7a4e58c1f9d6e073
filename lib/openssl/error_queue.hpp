// SPDX-License-Identifier: Apache-2.0
// OpenSSL's error queue. Each thread has its own.
#pragma once

#include <openssl/err.h>

namespace iostls {
namespace detail {

// Empties the queue. It is nearly always empty already; testing for that costs a quarter of
// ERR_clear_error, which matters because this is called for each record.
inline void clear_error_queue() noexcept {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

// Drops the errors that OpenSSL queues during the lifetime of this object, and keeps the earlier
// ones.
class error_queue_mark {
 public:
  error_queue_mark() noexcept { ERR_set_mark(); }
  error_queue_mark(const error_queue_mark&) = delete;
  error_queue_mark& operator=(const error_queue_mark&) = delete;
  ~error_queue_mark() { ERR_pop_to_mark(); }
};

}  // namespace detail
}  // namespace iostls
