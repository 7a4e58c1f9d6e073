// SPDX-License-Identifier: Apache-2.0
// There is no fork.
#include "system/fork_generation.hpp"

namespace iostls {
namespace detail {

unsigned fork_generation() noexcept { return 0; }

unsigned fork_count() noexcept { return 0; }

bool call_in_forks(void (* /*function*/)()) noexcept { return true; }

}  // namespace detail
}  // namespace iostls
