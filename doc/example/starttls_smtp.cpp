// SPDX-License-Identifier: Apache-2.0
// Sends a message by SMTP (RFC 5321), which begins without TLS and continues with it (RFC 3207), or
// fails.
#include <getopt.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <iostls/iostls.hpp>

#include "support/http_message.hpp"
#include "support/plain_stream.hpp"

namespace {

using lines = std::vector<std::string>;

const char* const usage =
    "usage: starttls_smtp [--ca FILE] HOST PORT FROM TO <MESSAGE\n"
    "  --ca FILE   authorities to trust, instead of the system's\n";

constexpr std::chrono::seconds patience(60);

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct settings {
  std::string host, port, from, to;
  iostls::context_options tls;
};

// A blank, an angle bracket or a line end would end the address, and what follows would be taken
// for parameters or for another command.
bool is_address(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c <= '~' && c != '<' && c != '>'; });
}

settings parse(int argc, char** argv) {
  static const std::array<option, 3> options = {{{"ca", required_argument, nullptr, 'a'},
                                                 {"help", no_argument, nullptr, '?'},
                                                 {nullptr, 0, nullptr, 0}}};
  settings s;
  for (int option; (option = getopt_long(argc, argv, "", options.data(), nullptr)) != -1;) {
    if (option != 'a') throw usage_error("see --help");
    s.tls.ca_file = optarg;
  }
  if (argc - optind != 4) throw usage_error("HOST, PORT, FROM and TO are needed");
  s.host = argv[optind];
  s.port = argv[optind + 1];
  s.from = argv[optind + 2];
  s.to = argv[optind + 3];
  if (!is_address(s.from) || !is_address(s.to) || s.to.empty()) {
    throw usage_error("FROM or TO is not an address");
  }
  return s;
}

// The message's lines without their ends. Lines that servers may interpret differently are refused:
// they could make one message look like two.
lines read_message(std::istream& in) {
  lines message;
  std::string line;
  while (getline(in, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.size() > 998 || line.find_first_of(std::string("\r\0", 2)) != std::string::npos) {
      throw std::runtime_error("line " + std::to_string(message.size() + 1) +
                               " of the message is too long, or has a bare CR or NUL");
    }
    message.push_back(line);
  }
  if (in.bad()) throw std::runtime_error("cannot read the message");
  return message;
}

bool is_eight_bit(const lines& message) {
  const auto high = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  return std::any_of(message.begin(), message.end(), [&](const std::string& line) {
    return std::any_of(line.begin(), line.end(), high);
  });
}

// "250-SIZE 1000", "250 STARTTLS": a code, and a text for each line.
struct reply {
  std::string code;
  lines texts;
};

reply read_reply(std::istream& in) {
  reply r;
  for (std::string line; r.texts.size() != 100;) {
    if (example::read_line(in, line) != example::line_outcome::complete) {
      throw std::runtime_error("the server's answer is broken off or too long");
    }
    if (line.size() < 3 || line.find_first_not_of("0123456789") < 3 ||
        (!r.code.empty() && line.compare(0, 3, r.code) != 0)) {
      throw std::runtime_error("the server's answer is not SMTP");
    }
    r.code = line.substr(0, 3);
    r.texts.push_back(line.size() > 4 ? line.substr(4) : "");
    if (line.size() == 3 || line[3] != '-') return r;
  }
  throw std::runtime_error("the server's answer has too many lines");
}

// The code may be given by its first digits.
reply expect(std::istream& in, const std::string& code) {
  reply r = read_reply(in);
  if (r.code.compare(0, code.size(), code) != 0) {
    throw std::runtime_error("the server answers: " + r.code + " " + r.texts.back());
  }
  return r;
}

reply ask(std::iostream& server, const std::string& command, const std::string& code) {
  server << command << "\r\n" << std::flush;
  return expect(server, code);
}

// Whether the answer to EHLO has this keyword.
bool offers(const reply& greeting, const std::string& keyword) {
  return std::any_of(
      greeting.texts.begin() + 1, greeting.texts.end(), [&](const std::string& text) {
        return example::lower_case(text.substr(0, text.find(' '))) == example::lower_case(keyword);
      });
}

reply say_hello(std::iostream& server) {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || !is_address(name.data())) name = {};
  return ask(server, std::string("EHLO ") + (name[0] != '\0' ? name.data() : "localhost"), "250");
}

void send_message(std::iostream& server, const settings& s, const lines& message) {
  // Nothing that was received before TLS counts any more, so the server is asked again.
  const reply greeting = say_hello(server);
  const bool eight_bit = is_eight_bit(message);
  if (eight_bit && !offers(greeting, "8BITMIME")) {
    throw std::runtime_error("the server takes ASCII only, and the message is not");
  }
  ask(server, "MAIL FROM:<" + s.from + ">" + (eight_bit ? " BODY=8BITMIME" : ""), "250");
  ask(server, "RCPT TO:<" + s.to + ">", "25");
  ask(server, "DATA", "354");
  for (const std::string& line : message) {
    // A line with only a dot is the end; see RFC 5321, 4.5.2.
    server << (line.compare(0, 1, ".") == 0 ? "." : "") << line << "\r\n";
  }
  ask(server, ".", "250");
}

void bound_waits(int fd) {
  timeval limit{};
  limit.tv_sec = patience.count();
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

// From here on, the stream's descriptor belongs to the other stream.
iostls::ssl_client_stream start_tls(example::plain_stream& plain,
                                    const iostls::ssl_context& context) {
  expect(plain, "220");
  if (!offers(say_hello(plain), "STARTTLS")) {
    throw std::runtime_error("the server does not offer STARTTLS");
  }
  ask(plain, "STARTTLS", "220");
  plain.require_all_read();
  iostls::ssl_client_stream tls(plain.fd(), context);
  plain.release();
  return tls;
}

void deliver(settings s, const lines& message) {
  s.tls.server_name = s.host;
  const auto context = iostls::ssl_context::client(s.tls);
  example::plain_stream plain(
      iostls::connect_tcp(s.host, s.port, std::chrono::steady_clock::now() + patience));
  bound_waits(plain.fd());
  iostls::ssl_client_stream server = start_tls(plain, context);
  try {
    send_message(server, s, message);
  } catch (const std::runtime_error&) {
    // The error of the connection is closer to the cause than the incomplete answer.
    if (server.last_error() != nullptr) throw iostls::ssl_error(*server.last_error());
    throw;
  }
  server << "QUIT\r\n";  // sent as the stream closes; the message has been accepted before
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 2 && std::string(argv[1]) == "--help") {
      std::cout << usage;
      return 0;
    }
    const settings s = parse(argc, argv);
    deliver(s, read_message(std::cin));
    return 0;
  } catch (const usage_error& e) {
    std::cerr << "starttls_smtp: " << e.what() << '\n' << usage;
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "starttls_smtp: " << e.what() << '\n';
    return 1;
  }
}
