// SPDX-License-Identifier: Apache-2.0
// What can be wrong with an option's value by itself, as text that follows the option's name; empty
// if nothing is.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

// The longest lifetime of a ticket (RFC 8446, 4.6.1).
inline constexpr std::chrono::seconds longest_session = std::chrono::hours(7 * 24);

std::string method_fault(bool is_server, const tls_method& method);
std::string depth_fault(bool is_server, const int& depth);
std::string tlsa_records_fault(bool is_server, const std::vector<tlsa_record>& records);
std::string ocsp_mode_fault(bool is_server, const ocsp_mode& mode);
std::string server_name_fault(bool is_server, const std::string& name);
std::string sni_fault(bool is_server, const std::string& name);
std::string protocols_fault(bool is_server, const std::vector<std::string>& names);
std::string compression_fault(bool is_server, const std::vector<std::string>& names);
std::string chain_size_fault(bool is_server, const std::size_t& size);
std::string time_fault(bool is_server, const std::chrono::milliseconds& time);
std::string renegotiation_fault(bool is_server, const int& number);
std::string session_fault(bool is_server, const ssl_session& session);
std::string ticket_number_fault(bool is_server, const int& number);
std::string lifetime_fault(bool is_server, const std::chrono::seconds& lifetime);
std::string ticket_keys_fault(bool is_server, const std::vector<ticket_key>& keys);
std::string session_cache_fault(bool is_server, const int& limit);
std::string hello_function_fault(bool is_server, const client_hello_function& function);

}  // namespace detail
}  // namespace iostls
