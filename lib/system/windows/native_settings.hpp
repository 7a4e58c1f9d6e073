// SPDX-License-Identifier: Apache-2.0
// Names of the settings of sockets, for socket_settings.cpp.
#pragma once

#include "system/windows/winsock.hpp"

namespace iostls {
namespace detail {

constexpr int no_such_setting = -1;

// Since Windows 10, version 1709; before, the system refuses them. Some headers lack the names.
constexpr int keep_idle = 3;
constexpr int keep_interval = 17;
constexpr int keep_count = 16;

constexpr int output_timeout = no_such_setting;

inline void choose_port_late(int /*fd*/) noexcept {}

}  // namespace detail
}  // namespace iostls
