// SPDX-License-Identifier: Apache-2.0
// Windows has no signals.
#pragma once

namespace iostls {
namespace test {

class without_sigpipe {
 public:
  without_sigpipe() {}
};

}  // namespace test
}  // namespace iostls
