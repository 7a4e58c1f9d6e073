// SPDX-License-Identifier: Apache-2.0
#include "skipped_cases.hpp"

namespace iostls {
namespace test {
namespace {

struct row {
  const char* pattern;  // with stars
  const char* reason;
};

// A plain program for Winsock shows it: recv returns 0, and no error.
constexpr char no_resets[] = "Wine 8 shows a reset by closesocket as an orderly end";
constexpr char no_acknowledgements[] = "Windows does not report what a peer has acknowledged";
constexpr char own_category[] = "errno has a category of its own on Windows, beside the system's";
constexpr char no_fork[] = "Windows has no fork(2)";

const row rows[] = {
    {"ends.a_reader_that_waits_is_told_of_a_reset/*", no_resets},
    {"ends.reset_is_a_system_error_after_what_had_arrived/*", no_resets},
    {"latest_error.of_a_reset_is_both_kind_and_reason/*", no_resets},
    {"result_of_closing.of_an_answer_to_a_peer_that_has_ended_is_what_its_system_says/*",
     no_acknowledgements},
    {"ssl_errc.codes_of_the_operating_system_are_system_errors", own_category},
    {"derived_streams.are_of_no_use_to_a_child_and_go_on_in_the_parent", no_fork},
    {"counters.of_a_child_process_are_its_own/*", no_fork},
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
