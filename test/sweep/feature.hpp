// SPDX-License-Identifier: Apache-2.0
// What contexts and connections can do besides the ordinary, each as a pair of ends.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <iostls/options.hpp>

#include "visit.hpp"

namespace iostls {
namespace test {

// The ends that must not complete the handshake.
enum class refusal { none, by_client, by_both };

struct feature {
  std::string name;
  context_options server, client;
  connection_options server_own, client_own;
  // What is wrong with the handshakes that were; an end that shook none has an empty `info`.
  std::function<std::string(const visit_report&)> judge = {};
  refusal refused = refusal::none;
};
void PrintTo(const feature& f, std::ostream* out);

// Their files live as long as the process.
std::vector<feature> features(tls_version version);

}  // namespace test
}  // namespace iostls
