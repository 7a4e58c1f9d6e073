// SPDX-License-Identifier: Apache-2.0
// A server that tests drive with clients of other make. It prints "port N", then serves one
// connection after the other and prints what became of it, "CONNECTION KEY VALUE", up to
// "CONNECTION done". It leaves when its standard input ends.
#include <cerrno>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <system_error>

#include <poll.h>
#include <unistd.h>

#include <iostls/iostls.hpp>

#include "interop_exchange.hpp"
#include "interop_options.hpp"
#include "interop_report.hpp"

namespace {

using interop::arguments;
using interop::reporter;
using iostls::ssl_server_stream;

// There is no flush in here: reading sends what was written. A last line without an end sets
// eofbit, which would keep it from being answered.
void echo(ssl_server_stream& s, const reporter&, const arguments&) {
  std::string line;
  while (getline(s, line)) {
    if (s.eof()) s.clear();
    s << line << '\n';
  }
}

// Answers after the client has ended its output.
void sink(ssl_server_stream& s, const reporter& say, const arguments&) {
  interop::sha256 digest = interop::digest_of(s);
  const std::size_t size = digest.size();
  const std::string hash = digest.finish();
  say("received", size);
  say("sha256", hash);
  if (s.bad()) return;
  s.clear();
  s << size << ' ' << hash << '\n';
}

void source(ssl_server_stream& s, const reporter&, const arguments& a) {
  std::ifstream file(a.file, std::ios::binary);
  s << file.rdbuf();
}

struct request {
  std::string method;
  std::string path;
  std::size_t length = 0;
  bool keep_alive = true;
};

bool read_request(std::istream& in, request& r) {
  std::string version;
  if (!(in >> r.method >> r.path >> version)) return false;
  r.keep_alive = version == "HTTP/1.1";
  std::string line;
  getline(in, line);
  while (getline(in, line) && line != "\r") {
    if (line.compare(0, 15, "Content-Length:") == 0) r.length = std::stoul(line.substr(15));
    if (line == "Connection: close\r") r.keep_alive = false;
  }
  return in.good();
}

std::string answer_to(const request& r, ssl_server_stream& s, const arguments& a) {
  std::ostringstream body;
  if (r.length != 0) {
    interop::sha256 digest = interop::digest_of(s, r.length);
    const std::size_t size = digest.size();
    body << size << ' ' << digest.finish() << '\n';
  } else if (r.path == "/file") {
    body << std::ifstream(a.file, std::ios::binary).rdbuf();
  } else {
    body << "you asked for " << r.path << '\n';
  }
  return body.str();
}

void http(ssl_server_stream& s, const reporter& say, const arguments& a) {
  bool more = true;
  while (more) {
    request r;
    if (!read_request(s, r)) return;
    say("request", r.method + ' ' + r.path);
    const std::string body = answer_to(r, s, a);
    s << "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: "
      << body.size() << "\r\n"
      << (r.keep_alive ? "" : "Connection: close\r\n") << "\r\n"
      << body;
    more = r.keep_alive;
  }
}

// An empty answer.
void nothing(ssl_server_stream&, const reporter&, const arguments&) {}

using service = std::function<void(ssl_server_stream&, const reporter&, const arguments&)>;
const std::map<std::string, service> services = {
    {"echo", echo}, {"sink", sink},       {"source", source},
    {"http", http}, {"nothing", nothing}, {"exchange", interop::exchange}};

void serve(int fd, const iostls::ssl_context& context, const arguments& a, int number) {
  const reporter say(std::to_string(number) + ' ');
  ssl_server_stream s(fd, context);
  try {
    if (a.mode != "nothing") interop::report_connection(say, s);
    services.at(a.mode)(s, say, a);
  } catch (const iostls::ssl_error&) {
    // The stream keeps it: the report of its end has it all.
  }
  interop::report_end_and_close(say, s);
  say("done", "");
}

// False when standard input has ended, which is how the test asks this program to leave.
bool client_waits(const iostls::tcp_listener& listener) {
  pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {listener.fd(), POLLIN, 0}};
  while (poll(sources, 2, -1) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::system_category(), "poll");
  }
  return sources[0].revents == 0;
}

void run(const arguments& a) {
  const iostls::ssl_context context = iostls::ssl_context::server(a.tls);
  iostls::tcp_listener listener(a.host.empty() ? "127.0.0.1" : a.host, a.port);
  interop::reporter()("port", listener.port());
  for (int number = 1; client_waits(listener); ++number) {
    serve(listener.accept(), context, a, number);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(interop::parse(argc, argv));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "interop_server: " << e.what() << '\n';
    return 2;
  }
}
