// SPDX-License-Identifier: Apache-2.0
// A console is no descriptor that a transport could use.
#include "terminal.hpp"

#include <stdexcept>

namespace iostls {
namespace test {

const char no_terminals[] = "Windows has no pseudo-terminals";

bool has_terminals() { return false; }

descriptor_pair terminal_pair() { throw std::logic_error(no_terminals); }

}  // namespace test
}  // namespace iostls
