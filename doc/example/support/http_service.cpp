// SPDX-License-Identifier: Apache-2.0
#include "http_service.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <string>

#include "http_message.hpp"
#include "status_page.hpp"

namespace example {
namespace {

constexpr int max_requests = 1000;
// For a request and its answer together. With a limit for each read alone, a client could hold a
// thread for ever by trickling bytes.
constexpr auto request_time = std::chrono::seconds(30);

struct request {
  http_message head;
  std::string method;
  std::string target;
  std::string path;
  bool http_1_0 = false;
};

std::string status_text(int status) {
  const auto text = [&](const char* reason) { return std::to_string(status) + " " + reason; };
  switch (status) {
    case 200:
      return text("OK");
    case 404:
      return text("Not Found");
    case 405:
      return text("Method Not Allowed");
    case 408:
      return text("Request Timeout");
    case 414:
      return text("URI Too Long");
    case 431:
      return text("Request Header Fields Too Large");
    case 501:
      return text("Not Implemented");
    case 505:
      return text("HTTP Version Not Supported");
    default:
      return text("Bad Request");
  }
}

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

bool is_version(const std::string& text) {
  return text.size() == 8 && text.compare(0, 5, "HTTP/") == 0 && is_decimal(text[5]) &&
         text[6] == '.' && is_decimal(text[7]);
}

// "GET / HTTP/1.1": three words separated by single blanks. The target may be anything printable
// here.
int parse_request_line(request& r) {
  const std::string& line = r.head.start_line;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string::npos || first == last) return 400;
  r.method = line.substr(0, first);
  r.target = line.substr(first + 1, last - first - 1);
  const std::string version = line.substr(last + 1);
  const bool printable =
      std::all_of(r.target.begin(), r.target.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!is_token(r.method) || r.target.empty() || !printable || !is_version(version)) return 400;
  if (version[5] != '1') return 505;
  r.http_1_0 = version[7] == '0';
  return 200;
}

// Refuses ambiguous requests; see RFC 9112, 3.2 and 6.3.
int check_fields(const request& r) {
  const std::size_t hosts = r.head.count("host");
  if (hosts > 1 || (hosts == 0 && !r.http_1_0)) return 400;
  std::uint64_t length = 0;
  const bool has_length = r.head.count("content-length") != 0;
  if (has_length && !parse_length(r.head.value("content-length"), length)) return 400;
  if (has_length && r.head.count("transfer-encoding") != 0) return 400;
  return 200;
}

int check_method(const std::string& method) {
  static const std::array<const char*, 7> others = {"POST",    "PUT",   "DELETE", "PATCH",
                                                    "OPTIONS", "TRACE", "CONNECT"};
  if (method == "GET" || method == "HEAD") return 200;
  return std::find(others.begin(), others.end(), method) != others.end() ? 405 : 501;
}

// The path of "/path?query" or of "https://host/path?query"; empty for any other target.
std::string path_of(const std::string& target) {
  std::size_t begin = 0;
  for (const char* const scheme : {"https://", "http://"}) {
    const std::string prefix = scheme;
    if (lower_case(target.substr(0, prefix.size())) != prefix) continue;
    begin = target.find_first_of("/?", prefix.size());
    if (begin == std::string::npos || target[begin] == '?') return "/";
  }
  if (target[begin] != '/') return {};
  return target.substr(begin, target.find('?', begin) - begin);
}

int judge(request& r) {
  for (const int status : {parse_request_line(r), check_fields(r), check_method(r.method)}) {
    if (status != 200) return status;
  }
  r.path = path_of(r.target);
  if (r.path.empty()) return 400;
  return r.path == "/" || r.path == "/metrics" ? 200 : 404;
}

// 0 if there is nothing to answer.
int read_request(iostls::ssl_server_stream& stream, request& r) {
  switch (read_head(stream, r.head)) {
    case outcome::complete:
      return judge(r);
    case outcome::malformed:
      return 400;
    case outcome::start_line_too_long:
      return 414;
    case outcome::fields_too_large:
      return 431;
    case outcome::none:
      return 0;
    case outcome::incomplete:
      break;
  }
  if (stream.error() != iostls::ssl_errc::timed_out) return 0;
  stream.clear();
  return 408;
}

bool wants_another(const request& r, int status) {
  if (status != 200 && status != 404 && status != 405) return false;
  // A body is not read: what follows it would be taken for the next request.
  if (r.head.count("transfer-encoding") != 0) return false;
  std::uint64_t length = 0;
  if (parse_length(r.head.value("content-length"), length) && length != 0) return false;
  if (r.head.has_token("connection", "close")) return false;
  return !r.http_1_0 || r.head.has_token("connection", "keep-alive");
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

struct content {
  const char* type;
  std::string body;
};

constexpr const char* html = "text/html; charset=utf-8";
constexpr const char* prometheus = "text/plain; version=0.0.4; charset=utf-8";

void respond(std::ostream& out, int status, const content& page, bool with_body, bool more) {
  out << "HTTP/1.1 " << status_text(status) << "\r\n"
      << "Date: " << http_date() << "\r\n"
      << "Content-Type: " << page.type << "\r\n"
      << "Content-Length: " << page.body.size() << "\r\n"
      << "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
      << "Cache-Control: no-store\r\n";
  if (status == 405) out << "Allow: GET, HEAD\r\n";
  out << "Connection: " << (more ? "keep-alive" : "close") << "\r\n\r\n";
  if (with_body) out << page.body;
}

}  // namespace

void serve_http(iostls::ssl_server_stream& stream, const std::function<void()>& on_request,
                const std::function<std::string()>& metrics) {
  stream.do_handshake();
  const std::string home = status_page(stream.info(), stream.peer_certificate());
  const auto page_of = [&](const request& r, int status) {
    if (status != 200) return content{html, error_page(status_text(status))};
    return r.path == "/" ? content{html, home} : content{prometheus, metrics()};
  };
  bool more = true;
  for (int served = 1; more && stream; ++served) {
    stream.expires_after(request_time);
    request r;
    const int status = read_request(stream, r);
    if (status == 0) break;
    on_request();
    more = served < max_requests && wants_another(r, status);
    stream.expires_after(request_time);
    respond(stream, status, page_of(r, status), r.method != "HEAD", more);
  }
  stream.close();
}

}  // namespace example
