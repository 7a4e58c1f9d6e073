// SPDX-License-Identifier: Apache-2.0
// A call of each public member of what is no stream: of an ordinary object, of an empty one where there
// is such, and of one that was moved from.
#pragma once

#include <functional>
#include <ostream>
#include <vector>

namespace iostls {
namespace test {

struct value_row {
  const char* member;  // as test/members/public_members.py prints it
  std::function<void()> call;
};

inline void PrintTo(const value_row& r, std::ostream* out) { *out << r.member; }

// Those of transport_rows.cpp.
void add_listeners(std::vector<value_row>& all);
void add_transports(std::vector<value_row>& all);
// Those of serving_rows.cpp.
void add_serving(std::vector<value_row>& all);

std::vector<value_row> value_rows();

}  // namespace test
}  // namespace iostls
