// SPDX-License-Identifier: Apache-2.0
// Sockets as programs make them who have nothing but the system's calls.
#pragma once

#include <string>

// A descriptor that listens on a free port of this host, which it prints: "port N". Throws
// std::system_error.
int listen_and_say_where();

// A connected descriptor. Throws std::runtime_error.
int connect_to(const std::string& host, const std::string& service);
