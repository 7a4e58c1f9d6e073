// SPDX-License-Identifier: Apache-2.0
// All options, one row each, in the order of connection_options.hpp and options.hpp. Everything that is done for each option
// uses these lists: merging, checking single values, defaults, deciding which sessions may be
// resumed, and the tests. An option without a row does not compile.
#pragma once

#include <chrono>
#include <cstddef>
#include <tuple>

#include <iostls/options.hpp>

#include "options/member_count.hpp"
#include "options/option.hpp"
#include "options/value_faults.hpp"

namespace iostls {
namespace detail {
namespace option_rows {

using c = connection_options;
using x = context_options;
using s = session_rule;

inline constexpr used_at client = used_at::client;
inline constexpr used_at server = used_at::server;
inline constexpr std::chrono::milliseconds no_limit{0};

inline constexpr auto of_connections = std::make_tuple(
    row<s::same_value>("method", &c::method).with_default({}).checked_by(method_fault),
    row<s::same_value>("ciphers", &c::ciphers),
    row<s::same_value>("ciphersuites", &c::ciphersuites),
    row<s::same_value>("verify", &c::verify)
        .with_defaults(verify_mode::required, verify_mode::none),
    row<s::same_value>("max_depth", &c::max_depth).with_default(100).checked_by(depth_fault),
    row<s::same_value>("pinned_public_keys", &c::pinned_public_keys),
    row<s::judged_anew>("tlsa_records", &c::tlsa_records)
        .only_at(client)
        .checked_by(tlsa_records_fault),
    row<s::judged_anew>("accept_raw_public_keys", &c::accept_raw_public_keys).with_default(false),
    row<s::judged_anew>("ocsp", &c::ocsp)
        .only_at(client)
        .with_default(ocsp_mode::none)
        .checked_by(ocsp_mode_fault),
    row<s::indifferent>("prefer_server_cipher_order", &c::prefer_server_cipher_order)
        .only_at(server)
        .with_default(true),
    row<s::same_value>("server_name", &c::server_name).checked_by(server_name_fault),
    row<s::same_value_at_both>("sni_name", &c::sni_name).only_at(client).checked_by(sni_fault),
    row<s::indifferent>("ech_config", &c::ech_config).only_at(client),
    row<s::indifferent>("ech_grease", &c::ech_grease).only_at(client).with_default(false),
    row<s::judged_anew>("alpn", &c::alpn).checked_by(protocols_fault),
    row<s::judged_anew>("alpn_optional", &c::alpn_optional).with_default(false),
    row<s::same_value_at_both>("groups", &c::groups),
    row<s::same_value_at_both>("signature_algorithms", &c::signature_algorithms),
    row<s::same_value>("max_certificate_chain", &c::max_certificate_chain)
        .with_default(100 * std::size_t{1024})
        .checked_by(chain_size_fault),
    row<s::indifferent>("require_close_notify", &c::require_close_notify).with_default(true),
    row<s::indifferent>("handshake_timeout", &c::handshake_timeout)
        .with_default(std::chrono::seconds(30))
        .checked_by(time_fault),
    row<s::indifferent>("read_timeout", &c::read_timeout)
        .with_default(no_limit)
        .checked_by(time_fault),
    row<s::indifferent>("write_timeout", &c::write_timeout)
        .with_default(no_limit)
        .checked_by(time_fault),
    row<s::indifferent>("close_timeout", &c::close_timeout)
        .with_default(std::chrono::seconds(2))
        .checked_by(time_fault),
    row<s::indifferent>("handshake_on_connect", &c::handshake_on_connect)
        .only_at(client)
        .with_default(true),
    row<s::indifferent>("post_handshake_auth", &c::post_handshake_auth)
        .only_at(client)
        .with_default(false),
    row<s::indifferent>("max_renegotiations", &c::max_renegotiations)
        .only_at(client)
        .with_default(0)
        .checked_by(renegotiation_fault),
    row<s::indifferent>("message_trace", &c::message_trace).with_default(nullptr),
    row<s::indifferent>("session", &c::session).only_at(client).checked_by(session_fault));

// Without the options of connections.
inline constexpr auto of_contexts = std::make_tuple(
    row<s::judged_anew>("certificate", &x::certificate), row<s::indifferent>("key", &x::key),
    row<s::indifferent>("certificate_password", &x::certificate_password),
    row<s::indifferent>("ocsp_response", &x::ocsp_response).only_at(server),
    row<s::indifferent>("more_credentials", &x::more_credentials),
    row<s::indifferent>("present_raw_public_key", &x::present_raw_public_key).with_default(false),
    row<s::indifferent>("certificate_compression", &x::certificate_compression)
        .checked_by(compression_fault),
    row<s::same_value>("psk", &x::psk), row<s::indifferent>("keylog_file", &x::keylog_file),
    row<s::same_value_at_both>("openssl_commands", &x::openssl_commands),
    row<s::same_trust>("ca_file", &x::ca_file).reads(path_kind::file),
    row<s::same_trust>("ca_directory", &x::ca_directory).reads(path_kind::folder),
    row<s::same_trust>("ca_certificates", &x::ca_certificates),
    row<s::same_trust>("system_trust", &x::system_trust),
    row<s::same_trust>("crl_file", &x::crl_file), row<s::same_trust>("crl_check", &x::crl_check),
    row<s::same_trust>("partial_chains", &x::partial_chains).with_default(false),
    row<s::same_trust>("peer_purposes", &x::peer_purposes),
    row<s::same_value>("verify_callback", &x::verify_callback),
    row<s::indifferent>("session_tickets", &x::session_tickets).only_at(server).with_default(true),
    row<s::indifferent>("num_tickets", &x::num_tickets)
        .only_at(server)
        .with_default(2)
        .checked_by(ticket_number_fault),
    row<s::indifferent>("session_lifetime", &x::session_lifetime)
        .only_at(server)
        .with_default(std::chrono::hours(2))
        .checked_by(lifetime_fault),
    row<s::indifferent>("ticket_keys", &x::ticket_keys)
        .only_at(server)
        .checked_by(ticket_keys_fault),
    row<s::indifferent>("session_cache", &x::session_cache)
        .only_at(client)
        .with_default(0)
        .checked_by(session_cache_fault),
    row<s::judged_anew>("on_client_hello", &x::on_client_hello)
        .only_at(server)
        .checked_by(hello_function_fault),
    row<s::indifferent>("on_handshake", &x::on_handshake));

constexpr std::size_t connection_rows = std::tuple_size<decltype(of_connections)>::value;
constexpr std::size_t context_rows = std::tuple_size<decltype(of_contexts)>::value;
static_assert(connection_rows == member_count<c>,
              "each member of connection_options needs a row above");
static_assert(context_rows + 1 == member_count<x>,
              "each member of context_options needs a row above");

template <class List, class Function>
void for_each(const List& list, Function&& call) {
  std::apply([&](const auto&... each) { (static_cast<void>(call(each)), ...); }, list);
}

// The index of a member's row; too large if there is none.
template <auto Member, std::size_t I = 0, class List>
constexpr std::size_t index_in(const List& list) {
  if constexpr (I != std::tuple_size<List>::value) {
    const auto& each = std::get<I>(list);
    if constexpr (std::is_same<decltype(Member), std::decay_t<decltype(each.member)>>::value) {
      if (each.member == Member) return I;
    }
    return index_in<Member, I + 1>(list);
  }
  return I;
}

template <class Value>
constexpr const auto& list_of(setting<Value> connection_options::*) {
  return of_connections;
}
template <class Value>
constexpr const auto& list_of(setting<Value> context_options::*) {
  return of_contexts;
}

}  // namespace option_rows

// Calls the function with each row, which is an `option<...>`.
template <class Function>
void for_each_connection_option(Function&& call) {
  option_rows::for_each(option_rows::of_connections, call);
}

// The same for the options that only a context has.
template <class Function>
void for_each_context_option(Function&& call) {
  option_rows::for_each(option_rows::of_contexts, call);
}

// The default value: default_of<&connection_options::max_depth>(is_server).
template <auto Member>
constexpr auto default_of(bool is_server) {
  constexpr const auto& list = option_rows::list_of(Member);
  return std::get<option_rows::index_in<Member>(list)>(list).default_at(is_server);
}

}  // namespace detail
}  // namespace iostls
