// SPDX-License-Identifier: Apache-2.0
// Standard input and output at the other end of a TLS connection, as a client or a server.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <iostls/iostls.hpp>

#include "support/copy.hpp"
#include "support/pass_bytes.hpp"
#include "support/stoppable_input.hpp"
#include "support/transfer_meter.hpp"

namespace {

struct settings {
  std::string host, port;
  std::string certificate, key, method = "tls", progress = "auto";
  iostls::context_options tls;
  unsigned timeout = 30;
  bool listen = false, insecure = false, verbose = false;
};

// Throws CLI::Error, also for --help.
settings parse(int argc, char** argv) {
  settings s;
  CLI::App app(
      "Sends standard input to the other end of a TLS connection, and writes what comes "
      "from there to\nstandard output. When the other end has ended, what is at hand is "
      "still sent.");
  app.add_option("HOST", s.host, "the host to connect to, or the address to listen on")->required();
  app.add_option("PORT", s.port, "a number or a service's name")->required();
  auto* const certificate =
      app.add_option("--certificate", s.certificate, "our certificate and its chain, PEM")
          ->check(CLI::ExistingFile);
  app.add_option("--key", s.key, "its key, if it is in another file")
      ->check(CLI::ExistingFile)
      ->needs(certificate);
  app.add_flag("-l,--listen", s.listen, "wait for one client")->needs(certificate);
  auto* const ca = app.add_option("--ca", s.tls.ca_file, "authorities to trust, PEM (the system's)")
                       ->check(CLI::ExistingFile);
  app.add_option("--method", s.method, "protocol versions, such as tlsv1.3 or tlsv1.2+");
  app.add_option("--timeout", s.timeout, "limit for connecting and the handshake, in seconds (30)");
  app.add_flag("--insecure", s.insecure, "verify no certificate: anybody can be the peer")
      ->excludes(ca);
  app.add_option("--progress", s.progress, "auto: if standard error is a terminal")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("-v,--verbose", s.verbose, "print what was negotiated, and the peer's certificate");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    throw;
  }
  return s;
}

void complete(settings& s) {
  using iostls::verify_mode;
  s.tls.certificate = s.certificate;
  s.tls.key = s.key;
  s.tls.method = iostls::tls_method::parse(s.method);
  s.tls.handshake_timeout = std::chrono::seconds(s.timeout);
  if (s.insecure) s.tls.verify = verify_mode::none;
  if (s.listen && !s.tls.ca_file.empty()) s.tls.verify = verify_mode::required;
}

// How much a redirected file has to give; 0 if standard input is something else.
std::uint64_t size_of_input() {
  struct stat about {};
  const bool known = ::fstat(STDIN_FILENO, &about) == 0 && S_ISREG(about.st_mode);
  return known ? static_cast<std::uint64_t>(about.st_size) : 0;
}

void transfer(iostls::ssl_stream& peer, example::transfer_meter& meter) {
  example::stoppable_input input(STDIN_FILENO);
  std::istream in(&input);
  iostls::ssl_duplex both(peer);
  std::thread receiving([&] {
    example::copy(both.in(), std::cout,
                  [&](std::streamsize n) { meter.received(static_cast<std::uint64_t>(n)); });
    input.stop();
  });
  example::copy(in, both.out(),
                [&](std::streamsize n) { meter.sent(static_cast<std::uint64_t>(n)); });
  if (both.out()) peer.shutdown_write();
  receiving.join();
  if (in.bad()) throw std::runtime_error("cannot read standard input");
  if (!std::cout) throw std::runtime_error("cannot write standard output");
}

void converse(iostls::ssl_stream& peer, const settings& s) {
  peer.do_handshake();
  if (s.verbose) std::cerr << peer.info() << peer.peer_certificate();
  const bool show =
      s.progress == "always" || (s.progress == "auto" && ::isatty(STDERR_FILENO) != 0);
  example::transfer_meter meter(std::cerr, show, size_of_input());
  transfer(peer, meter);
  peer.close();
  meter.finish();
  if (peer.error()) throw iostls::ssl_error(*peer.last_error());
}

// A client that cannot prove it, or sends nothing, is not the one that is waited for.
iostls::ssl_server_stream first_handshake(iostls::tcp_listener& listener,
                                          const iostls::ssl_context& context) {
  for (;;) {
    iostls::ssl_server_stream peer = listener.accept(context);
    try {
      peer.do_handshake();
      return peer;
    } catch (const iostls::ssl_error& e) {
      std::cerr << "tls_cat: " << e.what() << std::endl;
    }
  }
}

void run(settings s) {
  complete(s);
  if (s.listen) {
    const auto context = iostls::ssl_context::server(s.tls);
    iostls::tcp_listener listener(s.host, s.port);
    if (s.verbose) std::cerr << "listening on port " << listener.port() << std::endl;
    iostls::ssl_server_stream peer = first_handshake(listener, context);
    converse(peer, s);
  } else {
    iostls::ssl_client_stream peer(s.host, s.port, s.tls);
    if (!peer) throw iostls::ssl_error(*peer.last_error());
    converse(peer, s);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  example::pass_bytes(STDOUT_FILENO);
  try {
    run(parse(argc, argv));
    return 0;
  } catch (const CLI::ParseError& e) {
    return e.get_exit_code() == 0 ? 0 : 2;
  } catch (const std::exception& e) {
    std::cerr << "tls_cat: " << e.what() << '\n';
    return 1;
  }
}
