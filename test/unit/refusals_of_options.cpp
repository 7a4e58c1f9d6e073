// SPDX-License-Identifier: Apache-2.0
// The catalogue's wrong options and files.
#include <string>

#include "refusal_scenes.hpp"
#include "refusals.hpp"

namespace iostls {
namespace test {

void add_refusals_of_options(catalogue&) {}
void add_refusals_of_files(catalogue&) {}

}  // namespace test
}  // namespace iostls
