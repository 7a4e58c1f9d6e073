// SPDX-License-Identifier: Apache-2.0
// On Windows, no thread unwinds because another one ends it.
#pragma once

namespace iostls {
namespace detail {

class cancellation_switch {
 public:
  void begin() noexcept {}
  void end() noexcept {}
};

struct forced_unwind {};

}  // namespace detail
}  // namespace iostls
