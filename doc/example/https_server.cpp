// SPDX-License-Identifier: Apache-2.0
// A small HTTPS server. Its page shows what client and server have negotiated; "/metrics" has its numbers for
// Prometheus, for everybody that it serves.
#include <getopt.h>

#include <array>
#include <chrono>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <iostls/iostls.hpp>

#include "support/connection_pool.hpp"
#include "support/http_message.hpp"
#include "support/http_service.hpp"
#include "support/metrics_page.hpp"
#include "support/stop_signal.hpp"

namespace {

using namespace std::chrono_literals;

const char* const usage =
    "usage: https_server [options]\n"
    "  --host ADDRESS           where to listen (127.0.0.1)\n"
    "  --port PORT              0 (the default) takes any free port\n"
    "  --certificate FILE       the server's certificate and chain, PEM;\n"
    "                           without it, a temporary one is made\n"
    "  --key FILE               its key, if it is in another file\n"
    "  --password-file FILE     the password of the key is this file's first line\n"
    "  --save-certificate FILE  write the temporary certificate here\n"
    "  --client-ca FILE         the authority of clients' certificates\n"
    "  --verify none|optional|required\n"
    "                           whether clients must present a certificate\n"
    "                           (required if there is --client-ca, else none)\n";

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct settings {
  std::string host = "127.0.0.1";
  std::string port = "0";
  std::string password_file;
  std::string save_certificate;
  iostls::context_options tls;
};

iostls::verify_mode parse_verify(const std::string& text) {
  if (text == "none") return iostls::verify_mode::none;
  if (text == "optional") return iostls::verify_mode::optional;
  if (text == "required") return iostls::verify_mode::required;
  throw usage_error("--verify: none, optional or required, not \"" + text + "\"");
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!getline(file, line)) throw std::runtime_error(path + ": cannot read a password");
  return line;
}

void apply(settings& s, int option, const std::string& value) {
  switch (option) {
    case 'h':
      s.host = value;
      break;
    case 'p':
      s.port = value;
      break;
    case 'c':
      s.tls.certificate = value;
      break;
    case 'k':
      s.tls.key = value;
      break;
    case 'w':
      s.tls.certificate_password = [value] { return first_line(value); };
      break;
    case 's':
      s.save_certificate = value;
      break;
    case 'a':
      s.tls.ca_file = value;
      break;
    case 'v':
      s.tls.verify = parse_verify(value);
      break;
    default:
      throw usage_error("see --help");
  }
}

void check(settings& s) {
  if (s.tls.certificate.empty() && !s.tls.key.empty()) {
    throw usage_error("--key needs --certificate");
  }
  if (!s.tls.certificate.empty() && !s.save_certificate.empty()) {
    throw usage_error("--save-certificate is for the temporary certificate");
  }
  if (!s.tls.ca_file.empty()) {
    if (!s.tls.verify) s.tls.verify = iostls::verify_mode::required;
  } else if (s.tls.verify.value_or(iostls::verify_mode::none) != iostls::verify_mode::none) {
    throw usage_error("--verify needs --client-ca");
  }
}

settings parse(int argc, char** argv) {
  static const std::array<option, 10> options = {
      {{"host", required_argument, nullptr, 'h'},
       {"port", required_argument, nullptr, 'p'},
       {"certificate", required_argument, nullptr, 'c'},
       {"key", required_argument, nullptr, 'k'},
       {"password-file", required_argument, nullptr, 'w'},
       {"save-certificate", required_argument, nullptr, 's'},
       {"client-ca", required_argument, nullptr, 'a'},
       {"verify", required_argument, nullptr, 'v'},
       {"help", no_argument, nullptr, '?'},
       {nullptr, 0, nullptr, 0}}};
  settings s;
  for (int option; (option = getopt_long(argc, argv, "", options.data(), nullptr)) != -1;) {
    apply(s, option, optarg == nullptr ? "" : optarg);
  }
  if (optind != argc) throw usage_error(std::string("unexpected argument: ") + argv[optind]);
  check(s);
  return s;
}

void make_certificate(settings& s) {
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  if (s.host != "127.0.0.1" && s.host != "::1" && s.host != "localhost" && s.host != "0.0.0.0" &&
      s.host != "::" && !s.host.empty()) {
    names.push_back(s.host);
  }
  const iostls::credential own = iostls::self_signed_certificate(names);
  s.tls.certificate = own.certificate;
  s.tls.key = own.key;
  if (s.save_certificate.empty()) return;
  std::ofstream file(s.save_certificate);
  file << own.certificate;
  file.close();
  if (!file) throw std::runtime_error(s.save_certificate + ": cannot be written");
}

void run(settings s) {
  if (s.tls.certificate.empty()) make_certificate(s);
  s.tls.handshake_timeout = 10s;
  s.tls.read_timeout = 15s;
  s.tls.write_timeout = 15s;
  // HTTP marks the end of each message itself, and browsers often leave without close_notify.
  s.tls.require_close_notify = false;
  const auto context = iostls::ssl_context::server(s.tls);
  iostls::tcp_listener listener(s.host, s.port);
  const example::stop_signal on_signal([&] { listener.cancel(); });
  example::connection_pool pool("https_server", [&](iostls::ssl_server_stream& client,
                                                    const std::function<void()>& heard) {
    example::serve_http(client, heard, [&] { return example::metrics_page(context.counters()); });
  });
  std::cout << "listening on https://" << example::bracketed(s.host) << ':' << listener.port()
            << '/' << std::endl;
  pool.serve_all(listener, context);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 2 && std::string(argv[1]) == "--help") {
      std::cout << usage;
      return 0;
    }
    run(parse(argc, argv));
    return 0;
  } catch (const usage_error& e) {
    std::cerr << "https_server: " << e.what() << '\n' << usage;
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "https_server: " << e.what() << '\n';
    return 1;
  }
}
