// SPDX-License-Identifier: Apache-2.0
// A server with COUNT names, each with a certificate and a key of its own, or with "one" alone (the first). How long
// it takes to make its context and what memory that holds, without the texts that it is made of; and
// handshakes with it, each for another of the names, both ends on one processor.
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <iostls/iostls.hpp>
#include <iostls/tcp.hpp>

#include "authority.hpp"
#include "measure.hpp"

namespace {

constexpr std::size_t handshakes = 1000;
constexpr std::size_t warm_up = 50;

std::string name_of(std::size_t i) { return "www." + std::to_string(i) + ".example"; }

iostls::context_options options_for(const iostls::test::authority& issuer, std::size_t count) {
  iostls::context_options o;
  for (std::size_t i = 0; i != count; ++i) {
    iostls::test::leaf_options leaf;
    leaf.common_name = name_of(i);
    leaf.names = {name_of(i)};
    const iostls::test::issued issued = issuer.leaf(leaf);
    iostls::credential_source source;
    source.certificate = iostls::pem_text(issued.certificate);
    source.key = iostls::pem_text(issued.key);
    if (i != 0) {
      o.more_credentials.push_back(source);
    } else {
      o.certificate = source.certificate;
      o.key = source.key;
    }
  }
  return o;
}

void serve(const iostls::ssl_context& context, iostls::tcp_listener& listener) {
  for (std::size_t i = 0; i != handshakes + warm_up; ++i) {
    iostls::ssl_server_stream stream(listener.accept(), context);
    stream << "hello\n" << std::flush;
    stream.close();
  }
}

void visit(const iostls::ssl_context& context, unsigned short port, const std::string& name) {
  iostls::connection_options own;
  own.server_name = name;
  iostls::ssl_client_stream stream(iostls::connect_tcp("127.0.0.1", std::to_string(port)), context,
                                   own);
  std::string line;
  if (!getline(stream, line) || line != "hello") throw std::runtime_error("no answer for " + name);
  stream.close();
}

bench::values run(const bench::arguments& a, const bench::setting& s) {
  if (a.peer != "iostls") throw std::runtime_error("only iostls");
  if (a.workload != "one" && a.workload != "many") throw std::runtime_error("one or many?");
  const std::size_t count = a.workload == "one" ? 1 : a.count;
  const iostls::test::authority issuer;
  const iostls::context_options options = options_for(issuer, count);
  const double before = bench::resident_kib();
  const bench::stopwatch making;
  const iostls::ssl_context server = iostls::ssl_context::server(options);
  const double start = making.elapsed().seconds;
  const double held = bench::resident_kib() - before;
  iostls::context_options of_client;
  of_client.ca_certificates = iostls::pem_text(issuer.certificate());
  of_client.ciphersuites = s.suite;
  const iostls::ssl_context client = iostls::ssl_context::client(of_client);
  iostls::tcp_listener listener("127.0.0.1");
  std::thread thread(serve, std::cref(server), std::ref(listener));
  for (std::size_t i = 0; i != warm_up; ++i) visit(client, listener.port(), name_of(i % count));
  const bench::stopwatch watch;
  for (std::size_t i = 0; i != handshakes; ++i) {
    visit(client, listener.port(), name_of(i * 7919 % count));
  }
  const bench::cost c = watch.elapsed();
  thread.join();
  return {{"start_milliseconds", 1e3 * start},
          {"kib_a_name", held / static_cast<double>(count)},
          {"per_second", handshakes / c.seconds},
          {"cpu_microseconds", 1e6 * c.cpu_seconds / handshakes}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run_program(argc, argv, run); }
