// SPDX-License-Identifier: Apache-2.0
// One option as a row of option_list.hpp: everything that the library has to know about it except
// its effect.
#pragma once

#include <string>
#include <type_traits>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// The end that an option is for. At the other end it has no effect, or is refused.
enum class used_at { both_ends, client, server };

// What the text of an option names.
enum class path_kind { none, file, folder };

// What happens to a session that was made under another value of an option.
enum class session_rule {
  indifferent,         // it may be resumed: the option decides about no peer
  judged_anew,         // it may be resumed if it satisfies the present value
  same_trust,          // a server resumes it if it trusts the same authorities and lists
  same_value,          // a server resumes it only under the same value
  same_value_at_both,  // a client, too, offers it only under the same value
};

template <class T>
struct is_setting : std::false_type {};
template <class T>
struct is_setting<setting<T>> : std::true_type {};

// The value type of an option's member: T of a setting<T>.
template <class Member>
struct value_of_member {
  using type = Member;
};
template <class T>
struct value_of_member<setting<T>> {
  using type = T;
};

struct no_default {};

// `Owner` is connection_options or context_options, and `Default` the type of the default value, if
// that is a constant.
template <session_rule Rule, class Owner, class Member, class Default = no_default>
struct option {
  using value_type = typename value_of_member<Member>::type;
  static constexpr session_rule rule = Rule;
  static constexpr bool has_default = !std::is_same<Default, no_default>::value;

  // Returns what is wrong with a value by itself; empty if nothing is. Null if every value is
  // valid, or if more than the value is needed to decide; the option's own room does that.
  using fault_function = std::string (*)(bool is_server, const value_type& value);

  const char* name;
  Member Owner::*member;
  used_at end = used_at::both_ends;
  fault_function fault = nullptr;
  path_kind path = path_kind::none;  // of what is read
  Default at_client{}, at_server{};

  constexpr option only_at(used_at one) const {
    return {name, member, one, fault, path, at_client, at_server};
  }
  constexpr option checked_by(fault_function check) const {
    return {name, member, end, check, path, at_client, at_server};
  }
  constexpr option reads(path_kind kind) const {
    return {name, member, end, fault, kind, at_client, at_server};
  }
  constexpr auto with_defaults(value_type client, value_type server) const {
    return option<Rule, Owner, Member, value_type>{name, member, end, fault, path, client, server};
  }
  constexpr auto with_default(value_type both) const { return with_defaults(both, both); }

  constexpr Default default_at(bool server) const { return server ? at_server : at_client; }
};

// A row: row<rule>("name", &owner::name).
template <session_rule Rule, class Owner, class Member>
constexpr option<Rule, Owner, Member> row(const char* name, Member Owner::*member) {
  return {name, member};
}

constexpr bool needs_same_value(session_rule rule) {
  return rule == session_rule::same_value || rule == session_rule::same_value_at_both;
}

}  // namespace detail
}  // namespace iostls
