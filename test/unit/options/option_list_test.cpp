// SPDX-License-Identifier: Apache-2.0
// The list of options has a row for each member of the two structs, and what goes by the list knows them
// all. The guide has them, too, with the end and the default that the rows have.
#include <cstddef>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "options/effective_options.hpp"
#include "options/option_list.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using names = std::vector<std::string>;

names names_of_connections() {
  names all;
  detail::for_each_connection_option([&](const auto& row) { all.push_back(row.name); });
  return all;
}

names names_of_contexts() {
  names all;
  detail::for_each_context_option([&](const auto& row) { all.push_back(row.name); });
  return all;
}

// The members of a struct, as connection_options.hpp or options.hpp declares them: what is left of each
// statement without comments ends with the name.
names members_of(const std::string& name) {
  const std::string header =
      std::regex_replace(read_file(IOSTLS_HEADERS "/connection_options.hpp") +
                             read_file(IOSTLS_HEADERS "/options.hpp"),
                         std::regex("//.*"), "");
  const std::size_t begin = header.find('{', header.find("struct " + name)) + 1;
  std::string body = header.substr(begin, header.find("\n};", begin) - begin);
  const std::regex last("(\\w+)\\s*;");
  names all;
  for (std::sregex_iterator at(body.begin(), body.end(), last), end; at != end; ++at) {
    all.push_back((*at)[1].str());
  }
  return all;
}

TEST(option_list, has_the_members_of_the_header_in_their_order) {
  EXPECT_GT(members_of("connection_options").size(), 20U);
  EXPECT_EQ(names_of_connections(), members_of("connection_options"));
  EXPECT_GT(members_of("context_options").size(), 20U);
  EXPECT_EQ(names_of_contexts(), members_of("context_options"));
}

// A row with the name of one member and the place of another.
TEST(option_list, has_the_places_of_the_members_in_the_same_order) {
  const context_options options;
  const void* before = nullptr;
  const auto check = [&](const auto& row) {
    const void* const place = &(options.*row.member);
    EXPECT_GT(place, before) << row.name;
    before = place;
  };
  detail::for_each_connection_option(check);
  detail::for_each_context_option(check);
}

TEST(merging, takes_each_option_that_is_set_and_leaves_the_others) {
  detail::for_each_connection_option([](const auto& only) {
    connection_options own;
    using value = typename std::decay_t<decltype(only)>::value_type;
    own.*only.member = value();
    const connection_options over_nothing = detail::merged({}, own);
    const connection_options under_nothing = detail::merged(own, {});
    detail::for_each_connection_option([&](const auto& row) {
      const bool is_set = std::string(row.name) == only.name;
      EXPECT_EQ((over_nothing.*row.member).has_value(), is_set) << only.name << ", " << row.name;
      EXPECT_EQ((under_nothing.*row.member).has_value(), is_set) << only.name << ", " << row.name;
    });
  });
}

TEST(merging, prefers_the_value_of_the_connection) {
  connection_options base, own;
  base.server_name = "a";
  base.max_depth = 1;
  own.server_name = "b";
  const connection_options merged = detail::merged(base, own);
  EXPECT_EQ(merged.server_name.value(), "b");
  EXPECT_EQ(merged.max_depth.value(), 1);
}

// Wrong values, for one of the ends or both.
struct wrong_value {
  const char* option;
  role end;
  void (*set)(context_options&);
};

const wrong_value wrong_values[] = {
    {"method", role::client,
     [](context_options& o) {
       o.method = tls_method{tls_version::tls1_3, tls_version::tls1_2};
     }},
    {"max_depth", role::client, [](context_options& o) { o.max_depth = -1; }},
    {"tlsa_records", role::client,
     [](context_options& o) { o.tlsa_records = std::vector<tlsa_record>{}; }},
    {"tlsa_records", role::server,
     [](context_options& o) {
       o.tlsa_records = {tlsa_record{3, 1, 1, std::string(32, 'r')}};
     }},
    {"ocsp", role::server, [](context_options& o) { o.ocsp = ocsp_mode::request; }},
    {"server_name", role::client, [](context_options& o) { o.server_name = "a b"; }},
    {"server_name", role::server, [](context_options& o) { o.server_name = ""; }},
    {"sni_name", role::client, [](context_options& o) { o.sni_name = "a b"; }},
    {"sni_name", role::client, [](context_options& o) { o.sni_name = "::1"; }},
    {"sni_name", role::server, [](context_options& o) { o.sni_name = "localhost"; }},
    {"alpn", role::client, [](context_options& o) { o.alpn = names{}; }},
    {"alpn", role::server, [](context_options& o) { o.alpn = names{std::string(256, 'a')}; }},
    {"certificate_compression", role::server,
     [](context_options& o) { o.certificate_compression = names{"lz4"}; }},
    {"max_certificate_chain", role::client,
     [](context_options& o) { o.max_certificate_chain = std::size_t{0}; }},
    {"handshake_timeout", role::client,
     [](context_options& o) { o.handshake_timeout = milliseconds(-1); }},
    {"read_timeout", role::server, [](context_options& o) { o.read_timeout = milliseconds(-1); }},
    {"write_timeout", role::client, [](context_options& o) { o.write_timeout = milliseconds(-1); }},
    {"close_timeout", role::server, [](context_options& o) { o.close_timeout = milliseconds(-1); }},
    {"session", role::server, [](context_options& o) { o.session = ssl_session(); }},
    {"num_tickets", role::server, [](context_options& o) { o.num_tickets = 256; }},
    {"session_lifetime", role::server, [](context_options& o) { o.session_lifetime = seconds(0); }},
    {"ticket_keys", role::client,
     [](context_options& o) { o.ticket_keys = {ticket_key::random()}; }},
    {"session_cache", role::client, [](context_options& o) { o.session_cache = -1; }},
    {"session_cache", role::server, [](context_options& o) { o.session_cache = 1; }},
    {"max_renegotiations", role::client, [](context_options& o) { o.max_renegotiations = -1; }},
    {"max_renegotiations", role::server, [](context_options& o) { o.max_renegotiations = 1; }},
    {"on_client_hello", role::client,
     [](context_options& o) {
       o.on_client_hello = [](const client_hello&) -> client_hello_answer { return {}; };
     }},
};

TEST(wrong_values, are_refused_by_the_name_of_the_option) {
  for (const wrong_value& each : wrong_values) {
    context_options options = each.end == role::server ? server_options() : client_options();
    each.set(options);
    const ssl_error e = thrown_by([&] {
      each.end == role::server ? ssl_context::server(options) : ssl_context::client(options);
    });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << each.option;
    EXPECT_EQ(e.operation(), each.option);
  }
}

TEST(wrong_values, are_known_of_each_option_whose_values_are_checked) {
  std::set<std::string> known;
  for (const wrong_value& each : wrong_values) known.insert(each.option);
  const auto check = [&](const auto& row) {
    EXPECT_EQ(known.count(row.name) != 0, row.fault != nullptr) << row.name;
  };
  detail::for_each_connection_option(check);
  detail::for_each_context_option(check);
}

std::string in_words(bool value) { return value ? "`true`" : "`false`"; }
std::string in_words(ocsp_mode) { return "`none`"; }
std::string in_words(verify_mode value) {
  return value == verify_mode::none ? "`none`" : "`required`";
}
std::string in_words(const tls_method&) { return "TLS 1.2 and 1.3"; }
std::string in_words(std::ostream*) { return "none"; }
std::string in_words(seconds value) {
  return value == seconds(7200) ? "two hours" : std::to_string(value.count()) + " s";
}
std::string in_words(milliseconds value) {
  return value.count() == 0 ? "none" : in_words(std::chrono::duration_cast<seconds>(value));
}
template <class Number>
std::string in_words(Number value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

// Meaning and default of each option, as the guide's tables have them.
std::map<std::string, std::pair<std::string, std::string>> rows_of_guide() {
  const std::string page = read_file(IOSTLS_OPTIONS_PAGE);
  const std::regex line("\n\\| `(\\w+)` \\| ([^|]*) \\| ([^|]*) \\|");
  std::map<std::string, std::pair<std::string, std::string>> rows;
  for (std::sregex_iterator at(page.begin(), page.end(), line), end; at != end; ++at) {
    rows[(*at)[1].str()] = {(*at)[2].str(), (*at)[3].str()};
  }
  return rows;
}

bool begins_with(const std::string& text, const std::string& beginning) {
  return text.compare(0, beginning.size(), beginning) == 0;
}

TEST(guide, has_the_end_and_the_default_of_each_option) {
  const auto guide = rows_of_guide();
  const auto check = [&](const auto& row) {
    ASSERT_EQ(guide.count(row.name), 1U) << row.name;
    const auto& [meaning, by_default] = guide.at(row.name);
    const bool of_both = meaning.find("; server: ") != std::string::npos;
    EXPECT_EQ(begins_with(meaning, "server: "), row.end == detail::used_at::server) << row.name;
    EXPECT_EQ(begins_with(meaning, "client: ") && !of_both, row.end == detail::used_at::client)
        << row.name;
    if constexpr (std::decay_t<decltype(row)>::has_default) {
      for (const bool is_server : {false, true}) {
        const std::string words = in_words(row.default_at(is_server));
        EXPECT_NE(by_default.find(words), std::string::npos) << row.name << ": " << words;
      }
    }
  };
  detail::for_each_connection_option(check);
  detail::for_each_context_option(check);
}

}  // namespace
}  // namespace test
}  // namespace iostls
