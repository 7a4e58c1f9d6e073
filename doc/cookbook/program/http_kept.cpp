// SPDX-License-Identifier: Apache-2.0
// Gets several pages over one connection.
// http_kept HOST PORT CA-FILE PATH...
#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

namespace {

constexpr std::size_t longest_line = 8192;
constexpr std::size_t largest_body = 16 * 1024 * 1024;

struct response {
  std::string status;
  std::map<std::string, std::string> fields;  // by names in lower case
  std::string body;

  bool has(const std::string& name, const std::string& value) const {
    const auto found = fields.find(name);
    return found != fields.end() && found->second == value;
  }
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string read_line(std::istream& in) {
  std::string line;
  if (!iostls::getline(in, line, longest_line)) throw std::runtime_error("the answer breaks off");
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

std::size_t parse_size(const std::string& text, int base) {
  char* end = nullptr;
  const unsigned long long n = std::strtoull(text.c_str(), &end, base);
  if (end == text.c_str() || text[0] == '-' || n > largest_body) {
    throw std::runtime_error("a size that cannot be: " + text);
  }
  return static_cast<std::size_t>(n);
}

void read_block(std::istream& in, std::size_t size, std::string& body) {
  if (body.size() + size > largest_body) throw std::runtime_error("the answer is too large");
  const std::size_t before = body.size();
  body.resize(before + size);
  if (!in.read(&body[before], static_cast<std::streamsize>(size))) {
    throw std::runtime_error("the answer breaks off");
  }
}

void read_body(std::istream& in, response& r) {
  if (r.has("transfer-encoding", "chunked")) {
    while (const std::size_t size = parse_size(read_line(in), 16)) {
      read_block(in, size, r.body);
      read_line(in);
    }
    while (!read_line(in).empty()) continue;
  } else if (r.fields.count("content-length") != 0) {
    read_block(in, parse_size(r.fields["content-length"], 10), r.body);
  } else if (r.status.compare(0, 3, "204") != 0 && r.status.compare(0, 3, "304") != 0) {
    throw std::runtime_error("the answer does not state its size");
  }
}

response read_response(std::istream& in) {
  response r;
  const std::string first = read_line(in);
  if (first.compare(0, 7, "HTTP/1.") != 0 || first.size() < 12) {
    throw std::runtime_error("this is no HTTP");
  }
  r.status = first.substr(9);
  for (std::string line; !(line = read_line(in)).empty();) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || r.fields.size() == 100) {
      throw std::runtime_error("a wrong header");
    }
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    r.fields[lower(line.substr(0, colon))] = value == std::string::npos ? "" : line.substr(value);
  }
  read_body(in, r);
  return r;
}

class http_client {
 public:
  http_client(std::string host, std::string port, const iostls::context_options& options)
      : host_(std::move(host)),
        port_(std::move(port)),
        context_(iostls::ssl_context::client(options)) {}

  // A server may end a connection that was kept at any time. A GET may be repeated then.
  response get(const std::string& path) {
    for (;;) {
      const bool is_kept = server_.is_open() && server_.good();
      server_.expires_after(std::chrono::seconds(30));
      if (!is_kept) server_.connect(host_, port_, context_);
      server_ << "GET " << path << " HTTP/1.1\r\nHost: " << host_ << "\r\n\r\n";
      if (!is_kept || has_answer()) return receive();
    }
  }

 private:
  bool has_answer() {
    return server_.peek() != std::char_traits<char>::eof() ||
           server_.error() == iostls::ssl_errc::timed_out;
  }

  response receive() try {
    response r = read_response(server_);
    if (lower(r.fields["connection"]) == "close") server_.close();
    return r;
  } catch (const std::runtime_error&) {
    if (server_.error()) throw iostls::ssl_error(*server_.last_error());
    throw;
  }

  const std::string host_, port_;
  const iostls::ssl_context context_;
  iostls::ssl_client_stream server_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 5) throw std::runtime_error("usage: http_kept HOST PORT CA-FILE PATH...");
  iostls::context_options options;
  options.ca_file = argv[3];
  options.alpn = {"http/1.1"};
  options.alpn_optional = true;
  http_client client(argv[1], argv[2], options);
  for (int i = 4; i < argc; ++i) {
    const response r = client.get(argv[i]);
    std::cout << argv[i] << ": " << r.status << ", " << r.body.size() << " bytes" << std::endl;
  }
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
