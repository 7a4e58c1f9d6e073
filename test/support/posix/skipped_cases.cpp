// SPDX-License-Identifier: Apache-2.0
#include "skipped_cases.hpp"

namespace iostls {
namespace test {

std::string reason_to_skip(const std::string& /*test*/) { return {}; }

}  // namespace test
}  // namespace iostls
