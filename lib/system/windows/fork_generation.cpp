// SPDX-License-Identifier: Apache-2.0
// There is no fork.
#include "system/fork_generation.hpp"

namespace iostls {
namespace detail {

unsigned fork_generation() noexcept { return 0; }

unsigned fork_count() noexcept { return 0; }

process_mark::process_mark() noexcept : generation_(0), number_(0) {}

bool process_mark::is_this_process() const noexcept { return number_ == 0 && generation_ == 0; }

bool call_in_forks(void (* /*function*/)()) noexcept { return true; }

}  // namespace detail
}  // namespace iostls
