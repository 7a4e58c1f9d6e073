// SPDX-License-Identifier: Apache-2.0
// A system's trust as on Debian: a file with all authorities, and a folder with a file for each and links by
// the hash of its name.
#pragma once

#include <string>

#include "peer.hpp"

namespace bench {

// Makes these in `folder`, and OpenSSL take them for the system's (SSL_CERT_FILE, SSL_CERT_DIR). The setting is for a
// server with a chain of three certificates of which the client does not have the second, and for
// clients that trust the system.
setting trust_system_in(const std::string& folder);

}  // namespace bench
