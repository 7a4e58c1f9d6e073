// SPDX-License-Identifier: Apache-2.0
// A client that tests lead through a protocol's dialogue, with servers of other make. It reads
// commands, "COMMAND CHANNEL [ARGUMENT...]", and answers each with lines "KEY VALUE" and a last one,
// "done STATE". A channel is a connection, in plaintext or under TLS. What is sent and what came is
// written with %XX for what is not a plain character.
#include <cctype>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <iostls/iostls.hpp>

#include "interop_options.hpp"
#include "interop_report.hpp"
#include "protocol_channel.hpp"

namespace {

using interop::channel;
using words = std::vector<std::string>;

const interop::reporter say;

std::string decoded(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
    } else {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    }
  }
  return plain;
}

std::string encoded(const std::string& plain) {
  std::string text;
  for (const char c : plain) {
    if (c > ' ' && c <= '~' && c != '%') {
      text += c;
    } else {
      const auto value = static_cast<unsigned char>(c);
      text += {'%', "0123456789ABCDEF"[value >> 4], "0123456789ABCDEF"[value & 15]};
    }
  }
  return text;
}

class client {
 public:
  explicit client(const interop::arguments& a)
      : server_name_(a.tls.server_name), context_(iostls::ssl_context::client(a.tls)) {}

  void run(std::istream& in) {
    std::string line;
    while (getline(in, line)) {
      std::istringstream split(line);
      std::string command, name;
      split >> command >> name;
      words rest;
      for (std::string word; split >> word;) rest.push_back(word);
      say("done", outcome(command, name, rest));
    }
  }

 private:
  using action = void (client::*)(channel&, const words&);
  static const std::map<std::string, action> actions;

  std::string outcome(const std::string& command, const std::string& name, const words& rest) {
    channel& c = channels_[name];
    try {
      (this->*actions.at(command))(c, rest);
    } catch (const iostls::ssl_error& e) {
      interop::report_error(say, e);
      return "failed";
    } catch (const std::exception& e) {
      say("what", e.what());
      return "failed";
    }
    return command == "close" ? "closed" : state(c);
  }

  static std::string state(channel& c) {
    if (!c.io().fail()) return "good";
    if (!c.is_plain() && c.tls().last_error() != nullptr) {
      interop::report_error(say, *c.tls().last_error());
    }
    return c.io().bad() ? "bad" : c.io().eof() ? "eof" : "failed";
  }

  // The last argument names the channel whose session is to be resumed.
  iostls::connection_options options(const words& rest, std::size_t from) {
    iostls::connection_options result;
    result.server_name = server_name_;
    if (rest.size() > from) result.session = channels_.at(rest[from]).tls().session();
    return result;
  }

  void open(channel& c, const words& rest) { c.open(rest.at(0), rest.at(1)); }

  void secure(channel& c, const words& rest) { c.secure(context_, options(rest, 0)); }

  void unwrap(channel& c, const words&) { c.unwrap(); }

  void connect(channel& c, const words& rest) {
    c.connect(rest.at(0), rest.at(1), context_, options(rest, 2));
  }

  // Throws what is wrong with the connection.
  void info(channel& c, const words&) { interop::report_connection(say, c.tls()); }

  void binding(channel& c, const words& rest) {
    say("binding", encoded(c.tls().channel_binding(rest.at(0))));
  }

  // There is no flush in TLS: reading sends what was written.
  void write(channel& c, const words& rest) {
    c.io() << decoded(rest.at(0));
    if (c.is_plain()) c.io().flush();
  }

  void flush(channel& c, const words&) { c.io().flush(); }

  void update_keys(channel& c, const words& rest) {
    c.tls().update_keys(rest.at(0) == "requested" ? iostls::key_update_request::requested
                                                  : iostls::key_update_request::not_requested);
    const iostls::connection_counters now = c.tls().counters();
    say("key_updates_sent", now.key_updates_sent);
    say("key_updates_received", now.key_updates_received);
  }

  void read_line(channel& c, const words&) {
    std::string line;
    if (std::getline(c.io(), line)) say("line", encoded(line));
  }

  void read(channel& c, const words& rest) {
    std::string block(std::stoul(rest.at(0)), '\0');
    c.io().read(&block[0], static_cast<std::streamsize>(block.size()));
    block.resize(static_cast<std::size_t>(c.io().gcount()));
    say("block", encoded(block));
  }

  void digest(channel& c, const words& rest) {
    const std::size_t limit = rest.empty() ? static_cast<std::size_t>(-1) : std::stoul(rest[0]);
    interop::sha256 sum = interop::digest_of(c.io(), limit);
    say("received", sum.size());
    say("sha256", sum.finish());
  }

  // Not `<< file.rdbuf()`, which fails where there is nothing to be sent.
  void send_file(channel& c, const words& rest) {
    std::ifstream file(decoded(rest.at(0)), std::ios::binary);
    if (!file) throw std::runtime_error("cannot be read: " + rest[0]);
    if (file.peek() != std::ifstream::traits_type::eof()) c.io() << file.rdbuf();
  }

  void shutdown_write(channel& c, const words&) { c.tls().shutdown_write(); }

  void close(channel& c, const words&) {
    if (c.is_plain()) {
      c.abandon();
    } else {
      interop::report_end_and_close(say, c.tls());
    }
  }

  // Leaves without a word, as a process does that is killed.
  void drop(channel& c, const words&) {
    c.tls().cancel();
    c.tls() = iostls::ssl_client_stream();
  }

  iostls::setting<std::string> server_name_;
  iostls::ssl_context context_;
  std::map<std::string, channel> channels_;
};

const std::map<std::string, client::action> client::actions = {
    {"open", &client::open},
    {"secure", &client::secure},
    {"unwrap", &client::unwrap},
    {"connect", &client::connect},
    {"info", &client::info},
    {"binding", &client::binding},
    {"write", &client::write},
    {"flush", &client::flush},
    {"update_keys", &client::update_keys},
    {"read_line", &client::read_line},
    {"read", &client::read},
    {"digest", &client::digest},
    {"send_file", &client::send_file},
    {"shutdown_write", &client::shutdown_write},
    {"close", &client::close},
    {"drop", &client::drop},
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const interop::arguments a = interop::parse(argc, argv);
    client(a).run(std::cin);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "protocol_client: " << e.what() << '\n';
    return 2;
  }
}
