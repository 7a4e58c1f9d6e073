// SPDX-License-Identifier: Apache-2.0
// A part of DICT (RFC 2229), over any stream: what the programs of these pages have to say. It knows
// nothing of sockets or TLS, so that it stays as it is when a program moves from one to the other.
#pragma once

#include <istream>
#include <ostream>
#include <string>

namespace dictionary {

// Serves one client, until it quits or leaves.
void answer(std::istream& in, std::ostream& out);
inline void answer(std::iostream& client) { answer(client, client); }

// Asks a server for the definition of a word. Throws std::runtime_error with what the server said
// instead, or if it left.
std::string look_up(std::istream& in, std::ostream& out, const std::string& word);
inline std::string look_up(std::iostream& server, const std::string& word) {
  return look_up(server, server, word);
}

}  // namespace dictionary
