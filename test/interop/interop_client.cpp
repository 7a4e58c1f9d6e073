// SPDX-License-Identifier: Apache-2.0
// A client that tests drive against servers of other make. It connects, prints what was agreed on,
// does what --mode asks for and prints what became of it, "KEY VALUE". It fails only if it cannot be
// run: errors of the connection are part of the report.
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>

#include <iostls/iostls.hpp>

#include "interop_exchange.hpp"
#include "interop_options.hpp"
#include "interop_report.hpp"

namespace {

using interop::arguments;
using interop::reporter;
using iostls::ssl_client_stream;

// Sends the lines of standard input, one by one, each after the answer to the one before. There is
// no flush in here: reading sends what was written.
void lines(ssl_client_stream& s, const reporter& say, const arguments&) {
  std::string line;
  while (getline(std::cin, line)) {
    s << line << '\n';
    if (!getline(s, line)) break;
    say("answer", line);
  }
}

void report_body(const reporter& say, interop::sha256 digest) {
  say("received", digest.size());
  say("sha256", digest.finish());
}

void receive(ssl_client_stream& s, const reporter& say, const arguments&) {
  report_body(say, interop::digest_of(s));
}

// Sends a file, ends the output, and reads what the server has to say then.
void send(ssl_client_stream& s, const reporter& say, const arguments& a) {
  std::ifstream file(a.file, std::ios::binary);
  s << file.rdbuf();
  s.shutdown_write();
  std::string line;
  while (getline(s, line)) say("answer", line);
}

// The Content-Length, or the largest number if there is none: then the body goes to the end.
std::size_t read_header(std::istream& in, const reporter& say) {
  std::size_t length = static_cast<std::size_t>(-1);
  std::string line;
  getline(in, line);
  say("status", line);
  while (getline(in, line) && line != "\r") {
    if (line.compare(0, 15, "Content-Length:") == 0) length = std::stoul(line.substr(15));
  }
  return length;
}

// Asks for all paths, one after the other, on the one connection.
void http(ssl_client_stream& s, const reporter& say, const arguments& a) {
  for (const std::string& path : a.paths) {
    const bool last = &path == &a.paths.back();
    s << "GET " << path << " HTTP/1.1\r\nHost: localhost\r\n"
      << (last ? "Connection: close\r\n" : "") << "\r\n";
    const std::size_t length = read_header(s, say);
    report_body(say, interop::digest_of(s, length));
  }
}

// An empty upload.
void nothing(ssl_client_stream&, const reporter&, const arguments&) {}

using service = std::function<void(ssl_client_stream&, const reporter&, const arguments&)>;
const std::map<std::string, service> services = {
    {"lines", lines}, {"receive", receive}, {"send", send},
    {"http", http},   {"nothing", nothing}, {"exchange", interop::exchange}};

iostls::context_options tls_options(const arguments& a) {
  iostls::context_options options = a.tls;
  options.handshake_on_connect = a.mode != "nothing";
  if (!a.session_in.empty()) {
    std::ifstream file(a.session_in, std::ios::binary);
    options.session = iostls::ssl_session::from_bytes({std::istreambuf_iterator<char>(file), {}});
  }
  return options;
}

// After the service: tickets of TLS 1.3 come with the first input.
void keep_session(ssl_client_stream& s, const arguments& a) {
  if (a.session_out.empty()) return;
  std::ofstream file(a.session_out, std::ios::binary);
  if (!(file << s.session().to_bytes()).flush()) throw std::runtime_error(a.session_out);
}

void run(const arguments& a) {
  const reporter say;
  ssl_client_stream s;
  s.connect(a.host.empty() ? "localhost" : a.host, a.port,
            iostls::ssl_context::client(tls_options(a)));
  try {
    if (!s.fail()) {
      if (a.mode != "nothing") interop::report_connection(say, s);
      services.at(a.mode)(s, say, a);
      keep_session(s, a);
    }
  } catch (const iostls::ssl_error&) {
    // The stream keeps it: the report of its end has it all.
  }
  interop::report_end_and_close(say, s);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(interop::parse(argc, argv));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "interop_client: " << e.what() << '\n';
    return 2;
  }
}
