// SPDX-License-Identifier: Apache-2.0
// The catalogue's sockets that cannot be had, balancers that are not believed, and proxies that refuse.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "files.hpp"
#include "pem.hpp"
#include "refusal_scenes.hpp"
#include "refusals.hpp"
#include "socket_calls.hpp"

namespace iostls {
namespace test {
namespace {

std::chrono::steady_clock::time_point soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(10);
}

// What a balancer, or somebody else, sends ahead of TLS.
void read_header(const std::string& sent, const std::vector<std::string>& trusted = {}) {
  const descriptor_pair pair = tcp_pair();
  write_raw(pair.a.get(), sent);
  read_proxy_header(pair.b.get(), soon(), trusted);
}

void ask_proxy(const std::string& answer) {
  tcp_listener listener("127.0.0.1");
  task proxy([&] {
    const descriptor fd(listener.accept(soon()));
    wait_readable(fd.get());
    write_raw(fd.get(), answer);
    ::shutdown(fd.get(), SHUT_WR);
    read_raw(fd.get());
  });
  connect_tunnel({"127.0.0.1", std::to_string(listener.port()), "", ""}, "example.org", 443,
                 soon());
}

void add_local_sockets(catalogue& to) {
  to.heading("local sockets");
  const temp_dir folder;
  const local_listener live(folder / "live");
  to.add_thrown("another server is listening", [&] { local_listener(folder / "live"); });
  const std::string file = folder.write("file", "");
  to.add_thrown("the path is another file's", [&] { local_listener listener(file); });
  to.add_thrown("the path is too long",
                [] { local_listener(std::string("/run/") + std::string(110, 'x')); });
  to.add_thrown("no path", [] { connect_local(""); });
  to.add_thrown("nobody listens", [&] { connect_local(folder / "none"); });
  to.add_thrown("no permissions", [&] { local_listener(folder / "x", 1000); });
}

void add_balancers(catalogue& to) {
  to.heading("balancers and proxies");
  to.add_thrown("no header of the PROXY protocol", [] { read_header("GET / HTTP/1.1\r\n"); });
  to.add_thrown("a header that cannot be read", [] { read_header("PROXY TCP4 here there\r\n"); });
  to.add_thrown("a stranger sends one", [] { read_header("PROXY UNKNOWN\r\n", {"192.0.2.7"}); });
  to.add_thrown("a stranger sends one and is gone", [] {
    descriptor_pair pair = tcp_pair();
    write_raw(pair.a.get(), "PROXY UNKNOWN\r\n");
    reset_connection(std::move(pair.a));
    wait_hung_up(pair.b.get());
    read_proxy_header(pair.b.get(), soon(), {"192.0.2.7"});
  });
  to.add_thrown("no network", [] { read_header("", {"balancer"}); });
  to.add_thrown("a proxy refuses", [] { ask_proxy("HTTP/1.1 403 Forbidden\r\n\r\n"); });
  to.add_thrown("a proxy wants credentials", [] {
    ask_proxy("HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n");
  });
  to.add_thrown("no proxy", [] { ask_proxy("SSH-2.0-OpenSSH\r\n\r\n"); });
  to.add_thrown("a proxy that is never done", [] {
    std::string answers;
    for (int i = 0; i != 11; ++i) answers += "HTTP/1.1 102 Processing\r\n\r\n";
    ask_proxy(answers);
  });
  to.add_thrown("a proxy that leaves", [] { ask_proxy("HTTP/1.1 200"); });
}

void add_ports(catalogue& to) {
  to.heading("ports and options of sockets");
  to.add_thrown("no port", [] { connect_tcp("127.0.0.1", 70000); });
  to.add_thrown("no count", [] {
    socket_options o;
    o.keep_alive_count = 0;
    connect_tcp("127.0.0.1", 1, o);
  });
  to.add_thrown("no address", [] {
    socket_options o;
    o.local_address = "eth0";
    connect_tcp("127.0.0.1", 1, o);
  });
}

void add_kinds(catalogue& to) {
  to.heading("sockets of messages");
  const auto with_number = [](int fd, const std::function<void(int)>& use) {
    const descriptor at_99(::fcntl(fd, F_DUPFD_CLOEXEC, 99));
    use(99);
  };
  int ends[2];
  require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
  const descriptor one(ends[0]), other(ends[1]);
  to.add_thrown("for a stream", [&] {
    with_number(one.get(),
                [](int fd) { ssl_server_stream(fd, ssl_context::server(server_options())); });
  });
  const temp_dir folder;
  const descriptor listening(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  (folder / "s").copy(at.sun_path, sizeof at.sun_path - 1);
  require(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
              ::listen(listening.get(), 1) == 0,
          "listen");
  to.add_thrown("for a listener",
                [&] { with_number(listening.get(), [](int fd) { local_listener::adopt(fd); }); });
}

}  // namespace

void add_refusals_of_sockets(catalogue& to) {
  add_local_sockets(to);
  add_balancers(to);
  add_ports(to);
  add_kinds(to);
}

}  // namespace test
}  // namespace iostls
