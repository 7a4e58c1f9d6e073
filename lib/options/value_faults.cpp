// SPDX-License-Identifier: Apache-2.0
#include "options/value_faults.hpp"

#include <climits>
#include <set>

#include "base/escape.hpp"
#include "base/listed_name.hpp"
#include "credentials/certificate_compression.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr int most_tickets = 255;

constexpr std::size_t most_shown_records = 8;

// The list of protocols shares 65,535 bytes with the other extensions of a hello.
constexpr std::size_t longest_protocol = 255;
constexpr std::size_t longest_protocols = 32768;

std::string protocol_fault(const std::string& name) {
  if (name.empty()) return "a name is empty";
  if (name.size() <= longest_protocol) return {};
  return "\"" + name.substr(0, 40) + "...\" is longer than 255 bytes";
}

std::string about_name(const std::string& name, const std::string& fault) {
  return fault.empty() ? fault : "the name \"" + shown_host(name) + "\" " + fault;
}

}  // namespace

std::string method_fault(bool, const tls_method& method) {
  return method.min > method.max ? "min is above max" : "";
}

std::string depth_fault(bool, const int& depth) {
  return depth < 0 ? std::to_string(depth) + " is negative" : std::string();
}

std::string tlsa_records_fault(bool is_server, const std::vector<tlsa_record>& records) {
  if (is_server) return "only a client knows its peer by them";
  if (records.empty()) return "the list is empty; leave it unset if the DNS has no record";
  std::string faults = "no record is usable";
  for (std::size_t i = 0; i != records.size(); ++i) {
    const std::string fault = records[i].fault();
    if (fault.empty()) return {};
    if (i < most_shown_records) faults += "; record " + std::to_string(i + 1) + ": " + fault;
  }
  return faults;
}

std::string ocsp_mode_fault(bool is_server, const ocsp_mode& mode) {
  return is_server && mode != ocsp_mode::none
             ? "only a client asks; what a server answers is its ocsp_response"
             : "";
}

// A client that verifies nobody needs no name, but that depends on all options together.
std::string server_name_fault(bool is_server, const std::string& name) {
  return name.empty() && !is_server ? std::string() : about_name(name, host_name_fault(name));
}

std::string sni_fault(bool is_server, const std::string& name) {
  if (is_server) return "only a client sends a name; the one that it must send is server_name";
  if (name.empty()) return {};
  const host_name host(name);
  return about_name(
      name, host.is_address ? "is an IP address, which is never sent (RFC 6066, 3)" : host.fault);
}

std::string protocols_fault(bool, const std::vector<std::string>& names) {
  if (names.empty()) return "the list is empty";
  std::size_t size = 0;
  for (const std::string& name : names) {
    std::string fault = protocol_fault(name);
    if (!fault.empty()) return fault;
    size += 1 + name.size();
  }
  if (size <= longest_protocols) return {};
  return "the list takes " + std::to_string(size) + " bytes, with one more for each name; " +
         std::to_string(longest_protocols) + " are allowed";
}

std::string compression_fault(bool, const std::vector<std::string>& names) {
  if (names.empty()) return "the list is empty";
  std::set<int> seen;
  for (const std::string& text : names) {
    const int number = compression_number(listed_name(text).name);
    const std::string shown = '"' + escaped_text(text) + '"';
    if (number == 0) return shown + R"( is none of "zlib", "brotli" and "zstd")";
    if (!seen.insert(number).second) return shown + " is there twice";
  }
  return {};
}

std::string chain_size_fault(bool, const std::size_t& size) {
  if (size == 0) return "is zero";
  return size > INT_MAX ? "is more than 2,147,483,647" : "";
}

std::string time_fault(bool, const std::chrono::milliseconds& time) {
  return time < std::chrono::milliseconds::zero() ? std::to_string(time.count()) + " ms is negative"
                                                  : std::string();
}

std::string renegotiation_fault(bool is_server, const int& number) {
  if (number < 0) return std::to_string(number) + " is negative";
  return is_server && number > 0 ? "only a client takes part; a server of ours never renegotiates"
                                 : "";
}

std::string session_fault(bool is_server, const ssl_session&) {
  return is_server ? "only a client has one to resume" : "";
}

std::string ticket_number_fault(bool, const int& number) {
  return number < 0 || number > most_tickets ? std::to_string(number) + " is not between 0 and 255"
                                             : std::string();
}

std::string lifetime_fault(bool, const std::chrono::seconds& lifetime) {
  const std::string given = std::to_string(lifetime.count()) + " s ";
  if (lifetime <= std::chrono::seconds::zero()) {
    return given + "is no time; to have no resumption, set session_tickets to false";
  }
  return lifetime > longest_session ? given + "is more than seven days (RFC 8446, 4.6.1)"
                                    : std::string();
}

std::string ticket_keys_fault(bool is_server, const std::vector<ticket_key>& keys) {
  return !is_server && !keys.empty() ? "a client has no use for them" : "";
}

std::string session_cache_fault(bool is_server, const int& limit) {
  if (limit < 0) return std::to_string(limit) + " is negative";
  return is_server && limit > 0 ? "a server keeps no sessions: its clients do, in tickets" : "";
}

std::string hello_function_fault(bool is_server, const client_hello_function& function) {
  return !is_server && function ? "only a server sees a client's hello" : "";
}

}  // namespace detail
}  // namespace iostls
