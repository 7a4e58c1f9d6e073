// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace iostls {
namespace test {

// Why a case, "suite.name", cannot be shown on the system that it was built for; empty if it can.
std::string reason_to_skip(const std::string& test);

}  // namespace test
}  // namespace iostls
