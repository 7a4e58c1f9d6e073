// SPDX-License-Identifier: Apache-2.0
// The command line that the two interop programs share.
#pragma once

#include <string>
#include <vector>

#include <iostls/options.hpp>

namespace interop {

struct arguments {
  iostls::context_options tls;
  std::string mode;
  std::string host;
  std::string port = "0";
  std::string file;                // what a mode sends
  int times = 1;                   // how often it is sent in an exchange
  int count = 1;                   // how often a client connects
  std::vector<std::string> paths;  // what the client asks a web server for
  std::string session_in;          // files: a session to resume, and where to put the next one
  std::string session_out;
};

// Throws std::invalid_argument for an option or a value that it does not know.
arguments parse(int argc, char** argv);

}  // namespace interop
