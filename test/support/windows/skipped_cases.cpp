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
constexpr char no_pipes[] = "no stream takes pipes of Windows";
constexpr char no_local[] = "TCP stands in for local sockets";
constexpr char no_flags[] = "Winsock cannot be asked for a socket's flags";
constexpr char not_open[] = "Winsock reports a number that is not open as no socket";
constexpr char no_limit[] = "Windows does not limit the sockets of a process";
constexpr char finds_room[] = "TCP, which stands in for local sockets, may find room for the rest";
constexpr char takes_long[] = "byte by byte, or in thousands, takes Wine longer than a case may";

const row rows[] = {
    {"ends.a_reader_that_waits_is_told_of_a_reset/*", no_resets},
    {"ends.reset_is_a_system_error_after_what_had_arrived/*", no_resets},
    {"lost_output.close_reports_a_reset_that_comes_while_it_waits/*", no_resets},
    {"latest_error.of_a_reset_is_both_kind_and_reason/*", no_resets},
    {"result_of_closing.of_an_answer_to_a_peer_that_has_ended_is_what_its_system_says/*",
     no_acknowledgements},
    {"ssl_errc.codes_of_the_operating_system_are_system_errors", own_category},
    {"derived_streams.are_of_no_use_to_a_child_and_go_on_in_the_parent", no_fork},
    {"counters.of_a_child_process_are_its_own/*", no_fork},
    {"unwrapping.in_a_child_that_only_inherited_the_connection_is_refused/*", no_fork},
    {"unused_server.that_was_forked_*", no_fork},
    {"duplex.a_child_process_*", no_fork},
    {"duplex_child.is_refused_whatever_another_thread_was_doing", no_fork},
    {"refusing_constructor.leaves_a_pipe_to_its_caller/*", no_pipes},
    {"looks_like_tls.needs_a_socket", no_pipes},
    {"proxy_header.of_trusted_balancers_needs_a_socket", no_pipes},
    {"proxy_header.is_not_taken_from_a_stranger_who_has_reset_the_connection", no_resets},
    {"proxy_header.is_taken_from_peers_at_a_local_socket_whoever_is_trusted", no_local},
    {"a_descriptor.that_is_not_open_is_refused", not_open},
    {"lost_output.is_not_followed_by_close_notify/*", finds_room},
    {"result_of_closing.is_lost_where_not_all_could_be_sent/*", finds_room},
    {"unwrapping.leaves_the_flags_of_the_descriptor/*", no_flags},
    {"wake_without_descriptors.is_noticed_all_the_same", no_limit},
    {"closing_unread_tickets.cost_a_client_no_output", takes_long},
    {"protocol.a_hundred_thousand_tiny_records_are_one_text/*", takes_long},
    {"data.cut_into_single_bytes_by_the_network/*", takes_long},
    {"unwrapping.loses_nothing_however_input_is_split/*", takes_long},
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
