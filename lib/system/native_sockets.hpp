// SPDX-License-Identifier: Apache-2.0
// The system's functions for sockets, for the files of system/ alone that can be the same for all systems.
#pragma once

#ifdef _WIN32
#include "system/windows/winsock.hpp"
#else
#include "system/posix/bsd_sockets.hpp"
#endif
