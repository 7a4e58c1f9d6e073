// SPDX-License-Identifier: Apache-2.0
// OpenSSL's life against that of streams and contexts with static storage.
#pragma once

namespace iostls {
namespace detail {

// Makes OpenSSL outlive every static object that is constructed from now on: it takes itself down by
// atexit(3), which it sees to when it is first used, and what was constructed before then would be
// destroyed after that. It reads no configuration file yet. Where the compiler allows, the library
// does this when it is loaded.
void outlive_statics() noexcept;

}  // namespace detail
}  // namespace iostls
