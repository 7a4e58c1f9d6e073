// SPDX-License-Identifier: Apache-2.0
// Fetches a page by HTTPS and prints its body.
#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

#include "support/http_message.hpp"
#include "support/pass_bytes.hpp"

namespace {

using example::http_message;
using example::outcome;

const char* const usage =
    "usage: https_get [options] HOST PORT PATH\n"
    "  --ca FILE           authorities to trust, instead of the system's\n"
    "  --insecure          accept any certificate and any name\n"
    "  --certificate FILE  our certificate and chain, if the server asks for one\n"
    "  --key FILE          its key, if it is in another file\n"
    "  --proxy URL         http://[USER:PASSWORD@]HOST:PORT, or https:// for a proxy with TLS\n";

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct settings {
  std::string host, port, path;
  iostls::http_proxy proxy;
  bool proxy_has_tls = false;
  iostls::context_options tls;
};

// A blank or a line end would end the request line, and could smuggle in another request.
bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// "http://user:password@host:port"
void set_proxy(settings& s, std::string url) {
  s.proxy_has_tls = url.compare(0, 8, "https://") == 0;
  if (!s.proxy_has_tls && url.compare(0, 7, "http://") != 0) throw usage_error("no URL of a proxy");
  url.erase(0, s.proxy_has_tls ? 8 : 7);
  const std::size_t at = url.rfind('@');
  if (at != std::string::npos) {
    const std::size_t colon = std::min(url.find(':'), at);
    s.proxy.user = url.substr(0, colon);
    if (colon != at) s.proxy.password = url.substr(colon + 1, at - colon - 1);
    url.erase(0, at + 1);
  }
  const std::size_t colon = url.rfind(':');
  if (colon == std::string::npos) throw usage_error("the proxy's URL has no port");
  s.proxy.host = url.substr(0, colon);
  s.proxy.service = url.substr(colon + 1);
}

void apply(settings& s, int option, const std::string& value) {
  switch (option) {
    case 'a':
      s.tls.ca_file = value;
      break;
    case 'i':
      s.tls.verify = iostls::verify_mode::none;
      break;
    case 'c':
      s.tls.certificate = value;
      break;
    case 'k':
      s.tls.key = value;
      break;
    case 'p':
      set_proxy(s, value);
      break;
    default:
      throw usage_error("see --help");
  }
}

settings parse(int argc, char** argv) {
  static const std::array<option, 7> options = {{{"ca", required_argument, nullptr, 'a'},
                                                 {"insecure", no_argument, nullptr, 'i'},
                                                 {"certificate", required_argument, nullptr, 'c'},
                                                 {"key", required_argument, nullptr, 'k'},
                                                 {"proxy", required_argument, nullptr, 'p'},
                                                 {"help", no_argument, nullptr, '?'},
                                                 {nullptr, 0, nullptr, 0}}};
  settings s;
  for (int option; (option = getopt_long(argc, argv, "", options.data(), nullptr)) != -1;) {
    apply(s, option, optarg == nullptr ? "" : optarg);
  }
  if (argc - optind != 3) throw usage_error("HOST, PORT and PATH are needed");
  s.host = argv[optind];
  s.port = argv[optind + 1];
  s.path = argv[optind + 2];
  if (!is_printable(s.host + s.port)) throw usage_error("HOST or PORT is not printable ASCII");
  if (s.path.empty() || s.path[0] != '/' || !is_printable(s.path)) {
    throw usage_error("PATH must begin with \"/\" and be printable ASCII without blanks");
  }
  return s;
}

void send_request(std::ostream& out, const settings& s) {
  const bool default_port = s.port == "443" || s.port == "https";
  out << "GET " << s.path << " HTTP/1.1\r\n"
      << "Host: " << example::bracketed(s.host) << (default_port ? "" : ":" + s.port) << "\r\n"
      << "User-Agent: https_get\r\nAccept: */*\r\nConnection: close\r\n\r\n"
      << std::flush;
}

// The status of "HTTP/1.1 200 OK".
int status_of(const std::string& line) {
  const auto digit = [&](std::size_t at) { return line[at] >= '0' && line[at] <= '9'; };
  if (line.size() < 12 || line.compare(0, 7, "HTTP/1.") != 0 || line[8] != ' ' || !digit(9) ||
      !digit(10) || !digit(11) || (line.size() > 12 && line[12] != ' ')) {
    throw std::runtime_error("the answer is not HTTP/1.x");
  }
  return std::stoi(line.substr(9, 3));
}

// The head of the answer, after those that are only interim (100 Continue, 103 Early Hints).
int read_answer(std::istream& in, http_message& head) {
  for (int interim = 0; interim != 10; ++interim) {
    if (example::read_head(in, head) != outcome::complete) {
      throw std::runtime_error("the answer's head is broken off, malformed or too large");
    }
    const int status = status_of(head.start_line);
    if (status >= 200) return status;
  }
  throw std::runtime_error("too many interim answers");
}

// Passes on what has arrived, even if the rest turns out to be missing.
std::uint64_t copy_some(std::istream& in, std::ostream& out, std::uint64_t most) {
  std::array<char, 16384> buffer{};
  const auto size = std::min<std::uint64_t>(most, buffer.size());
  in.read(buffer.data(), static_cast<std::streamsize>(size));
  if (!out.write(buffer.data(), in.gcount())) throw std::runtime_error("cannot write the body");
  return static_cast<std::uint64_t>(in.gcount());
}

void copy_exactly(std::istream& in, std::ostream& out, std::uint64_t length) {
  while (length != 0) {
    length -= copy_some(in, out, length);
    if (!in) throw std::runtime_error("the body ended early");
  }
}

void copy_to_end(std::istream& in, std::ostream& out) {
  while (in) copy_some(in, out, std::numeric_limits<std::uint64_t>::max());
  if (in.bad()) throw std::runtime_error("the body was cut off");
}

std::string next_line(std::istream& in) {
  std::string line;
  if (example::read_line(in, line) != example::line_outcome::complete) {
    throw std::runtime_error("the chunked body is broken off or malformed");
  }
  return line;
}

// "1a2b;extension" (RFC 9112, 7.1).
std::uint64_t chunk_size(const std::string& line) {
  const std::size_t digits =
      std::min(line.find_first_not_of("0123456789abcdefABCDEF"), line.size());
  const bool ends_well =
      digits == line.size() || std::string("; \t").find(line[digits]) != std::string::npos;
  if (digits == 0 || digits > 15 || !ends_well) throw std::runtime_error("malformed chunk size");
  return std::stoull(line.substr(0, digits), nullptr, 16);
}

void copy_chunks(std::istream& in, std::ostream& out) {
  while (const std::uint64_t size = chunk_size(next_line(in))) {
    copy_exactly(in, out, size);
    if (!next_line(in).empty()) throw std::runtime_error("a chunk has no end");
  }
  for (std::size_t trailers = 0; !next_line(in).empty(); ++trailers) {
    if (trailers == example::max_fields) throw std::runtime_error("too many trailers");
  }
}

void copy_body(std::istream& in, std::ostream& out, int status, const http_message& head) {
  if (status == 204 || status == 304) return;
  if (head.count("transfer-encoding") != 0) {
    if (example::lower_case(head.value("transfer-encoding")) != "chunked") {
      throw std::runtime_error("the body comes in a transfer encoding other than chunked");
    }
    return copy_chunks(in, out);
  }
  if (head.count("content-length") == 0) return copy_to_end(in, out);
  std::uint64_t length = 0;
  if (!example::parse_length(head.value("content-length"), length)) {
    throw std::runtime_error("malformed Content-Length");
  }
  copy_exactly(in, out, length);
}

void converse(std::iostream& server, const settings& s) {
  send_request(server, s);
  http_message head;
  const int status = read_answer(server, head);
  if (status >= 400) throw std::runtime_error("HTTP status " + std::to_string(status));
  copy_body(server, std::cout, status, head);
}

iostls::ssl_client_stream connect(settings& s) {
  if (s.proxy.host.empty()) return iostls::ssl_client_stream(s.host, s.port, s.tls);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  s.tls.server_name = s.host;
  if (!s.proxy_has_tls) {
    return iostls::ssl_client_stream(connect_tunnel(s.proxy, s.host, s.port, deadline), s.tls);
  }
  iostls::context_options for_proxy;
  for_proxy.ca_file = s.tls.ca_file;
  const auto context = iostls::ssl_context::client(for_proxy);
  return iostls::ssl_client_stream(connect_tunnel(s.proxy, context, s.host, s.port, deadline),
                                   s.tls);
}

void fetch(settings s) {
  s.tls.read_timeout = std::chrono::seconds(30);
  s.tls.write_timeout = std::chrono::seconds(30);
  iostls::ssl_client_stream server = connect(s);
  try {
    if (!server) throw std::runtime_error("cannot connect");
    example::pass_bytes(STDOUT_FILENO);
    converse(server, s);
  } catch (const std::runtime_error&) {
    // The error of the connection is closer to the cause than the incomplete answer.
    if (server.last_error() != nullptr) throw iostls::ssl_error(*server.last_error());
    throw;
  }
  if (!std::cout.flush()) throw std::runtime_error("cannot write the body");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 2 && std::string(argv[1]) == "--help") {
      std::cout << usage;
      return 0;
    }
    fetch(parse(argc, argv));
    return 0;
  } catch (const usage_error& e) {
    std::cerr << "https_get: " << e.what() << '\n' << usage;
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "https_get: " << e.what() << '\n';
    return 1;
  }
}
