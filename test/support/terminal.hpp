// SPDX-License-Identifier: Apache-2.0
// Pseudo-terminals.
#pragma once

#include "descriptor.hpp"

namespace iostls {
namespace test {

// Whether the system has any: a root for chroot(8) may lack /dev/pts.
bool has_terminals();

// A raw one. `a` is the slave, `b` the master.
descriptor_pair terminal_pair();

// Why a test is skipped that needs one.
extern const char no_terminals[];

}  // namespace test
}  // namespace iostls
