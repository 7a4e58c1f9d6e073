// SPDX-License-Identifier: Apache-2.0
#include "system/socket_settings.hpp"

#include <cerrno>

#include "system/error_number.hpp"

namespace iostls {
namespace detail {

// SO_REUSEADDR would let any program take the port over.
std::error_code share_port(int /*fd*/) noexcept { return system_code(EOPNOTSUPP); }

// Nothing hands sockets over like that.
std::vector<int> handed_over_descriptors() { return {}; }

}  // namespace detail
}  // namespace iostls
