// SPDX-License-Identifier: Apache-2.0
// Ends a server in order on SIGINT and SIGTERM; on Windows, on Ctrl-C and when its console is closed.
#pragma once

#ifdef _WIN32
#include "windows/stop_signal.hpp"
#else
#include "posix/stop_signal.hpp"
#endif
