// SPDX-License-Identifier: Apache-2.0
#include "long_names.hpp"

#include "fixture.hpp"

namespace iostls {
namespace test {

const issued& long_named() {
  static const issued instance = [] {
    leaf_options o;
    o.common_name = long_name;
    o.names = {long_name};
    return test_authority().leaf(o);
  }();
  return instance;
}

}  // namespace test
}  // namespace iostls
