// SPDX-License-Identifier: Apache-2.0
#include "transport/http_connect_messages.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include <openssl/evp.h>

#include <iostls/ssl_error.hpp>

#include "base/escape.hpp"
#include "openssl/error.hpp"
#include "system/socket_address.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

using namespace std::string_view_literals;

[[noreturn]] void refuse_request(const std::string& words) {
  throw make_error(ssl_errc::bad_configuration, "connect", words);
}

// Whether a text could end the line that it is put into, or begin another word there.
bool breaks_line(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
}

std::string base64(const std::string& text) {
  std::vector<unsigned char> encoded(4 * (text.size() / 3 + 1) + 1);
  const auto* const from = reinterpret_cast<const unsigned char*>(text.data());
  const int size = EVP_EncodeBlock(encoded.data(), from, static_cast<int>(text.size()));
  return {encoded.begin(), encoded.begin() + size};
}

std::string credentials_of(const http_proxy& proxy) {
  if (proxy.user.empty() && proxy.password.empty()) return {};
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  const std::string both = proxy.user + ":" + proxy.password;
  if (proxy.user.find(':') != std::string::npos)
    refuse_request("the user for the proxy has a colon in it");
  if (std::any_of(both.begin(), both.end(), is_control)) {
    refuse_request("the user or the password for the proxy has a control character in it");
  }
  if (both.size() > longest_proxy_answer) refuse_request("the password for the proxy is too long");
  return "Proxy-Authorization: Basic " + base64(both) + "\r\n";
}

// The value of the first field with this name.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"sv); at != std::string_view::npos;
       at = head.find("\r\n"sv, at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n"sv, at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (!same_letters(line.substr(0, name.size()), name)) continue;
    const std::size_t begin = line.find_first_not_of(" \t"sv, name.size() + 1);
    return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
  }
  return {};
}

// The status in "HTTP/1.1 407 Proxy Authentication Required"; 0 if it is not such a line.
int status_of(std::string_view line) {
  if (line.substr(0, 7) != "HTTP/1."sv || line.size() < 12 || line[8] != ' ') return 0;
  if (line.size() > 12 && line[12] != ' ') return 0;
  int status = 0;
  for (const char c : line.substr(9, 3)) {
    if (c < '0' || c > '9') return 0;
    status = 10 * status + (c - '0');
  }
  return status >= 100 ? status : 0;
}

}  // namespace

std::string connect_request(const http_proxy& proxy, const std::string& host,
                            const std::string& service) {
  const std::string fault = host.empty() ? "is empty" : host_name(host).fault;
  if (!fault.empty()) refuse_request("the host \"" + shown_host(host) + "\" " + fault);
  if (service.empty() || breaks_line(service) || service.find(':') != std::string::npos) {
    refuse_request("the service \"" + excerpt(service) + "\" is no port");
  }
  const std::string target = host_and_port(host, service);
  return "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n" + credentials_of(proxy) +
         "\r\n";
}

std::size_t head_size(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n"sv);
  return end == std::string_view::npos ? 0 : end + 4;
}

judged_answer judge_answer(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"sv));
  const int status = status_of(line);
  const std::string shown = "the proxy has answered \"" + excerpt(std::string(line)) + "\"";
  if (status == 0)
    return {proxy_answer::nonsense, ssl_errc::protocol_error, shown + ", which is not HTTP"};
  if (status == 101) return {proxy_answer::nonsense, ssl_errc::protocol_error, shown};
  if (status < 200) return {proxy_answer::go_on, {}, {}};
  if (status < 300) return {proxy_answer::connected, {}, {}};
  if (status != 407) {
    return {proxy_answer::refused, std::make_error_code(std::errc::connection_refused), shown};
  }
  const std::string wanted = excerpt(std::string(field(head, "Proxy-Authenticate"sv)));
  return {proxy_answer::refused, std::make_error_code(std::errc::permission_denied),
          shown + (wanted.empty() ? "" : ", and wants credentials: " + wanted)};
}

}  // namespace detail
}  // namespace iostls
