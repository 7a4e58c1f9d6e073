// SPDX-License-Identifier: Apache-2.0
// Keeps OpenSSL alive longer than streams and contexts with static storage.
#pragma once

namespace iostls {
namespace detail {

// Makes OpenSSL outlive every static object that is constructed from now on. OpenSSL registers its
// cleanup with atexit(3) at its first use; objects that were constructed before then would be
// destroyed after the cleanup. No configuration file is read yet. Where the compiler allows, the
// library calls this when it is loaded.
void outlive_statics() noexcept;

}  // namespace detail
}  // namespace iostls
