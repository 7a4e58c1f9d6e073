// SPDX-License-Identifier: Apache-2.0
#include "skipped_cases.hpp"

namespace iostls {
namespace test {
namespace {

struct row {
  const char* pattern;  // with stars
  const char* reason;
};

const row rows[] = {
    {"none", "none"},
};

bool matches(const char* pattern, const char* text) {
  if (*pattern == '*') {
    return matches(pattern + 1, text) || (*text != '\0' && matches(pattern, text + 1));
  }
  if (*pattern != *text) return false;
  return *text == '\0' || matches(pattern + 1, text + 1);
}

}  // namespace

std::string reason_to_skip(const std::string& test) {
  for (const row& r : rows) {
    if (matches(r.pattern, test.c_str())) return r.reason;
  }
  return {};
}

}  // namespace test
}  // namespace iostls
