// SPDX-License-Identifier: Apache-2.0
// Local sockets, and what stands in front of TLS.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "value_rows.hpp"

namespace iostls {
namespace test {
namespace {

using clock = std::chrono::steady_clock;

// Calls `f` with a listener, with the one that it is moved to, and with what is left of it.
template <class F>
std::function<void()> of_listener(F f) {
  const auto quietly = [f](local_listener& l) {
    try {
      f(l);
    } catch (const ssl_error&) {
    }
  };
  return [quietly] {
    const temp_dir folder;
    local_listener listener(folder / "x");
    quietly(listener);
    local_listener other(std::move(listener));
    quietly(other);
    quietly(listener);  // NOLINT(bugprone-use-after-move): what is tested
    listener = std::move(other);
    quietly(listener);
    quietly(other);  // NOLINT(bugprone-use-after-move)
  };
}

template <class F>
std::function<void()> of_socket(F f) {
  return [f] {
    const descriptor_pair pair = socket_pair();
    f(pair.a.get());
  };
}

http_proxy nobody() { return {"127.0.0.1", "1", "user", "password"}; }

}  // namespace

void add_serving(std::vector<value_row>& all) {
  const auto context = [] { return ssl_context::server(server_options()); };
  const std::vector<value_row> rows{
      {"connect_tcp(const std::string&, int, std::chrono::steady_clock::time_point)",
       [] { connect_tcp("127.0.0.1", 0, clock::now()); }},
      {"tcp_listener::tcp_listener(const std::string&, int)",
       [] { tcp_listener("nonsense of a name", -1); }},
      {"connect_tcp(const std::string&, const std::string&, const socket_options&, "
       "std::chrono::steady_clock::time_point)",
       [] { connect_tcp("127.0.0.1", "0", socket_options(), clock::now()); }},
      {"connect_tcp(const std::string&, int, const socket_options&, "
       "std::chrono::steady_clock::time_point)",
       [] { connect_tcp("127.0.0.1", 0, socket_options(), clock::now()); }},
      {"tcp_listener::tcp_listener(const std::string&, const std::string&, const socket_options&)",
       [] { tcp_listener("127.0.0.1", "0", socket_options()); }},
      {"tcp_listener::tcp_listener(const std::string&, int, const socket_options&)",
       [] { tcp_listener("127.0.0.1", 0, socket_options()); }},
      {"set_socket_options(int, const socket_options&)",
       of_socket([](int fd) { set_socket_options(fd, socket_options()); })},
      {"inherited_sockets()", [] { inherited_sockets(); }},
      {"connect_local(const std::string&, std::chrono::steady_clock::time_point)",
       [] { connect_local("/nonexistent/socket", clock::now()); }},
      {"local_listener::local_listener(const std::string&, int)",
       [] { local_listener("/nonexistent/socket"); }},
      {"local_listener::local_listener(local_listener&&)", of_listener([](local_listener&) {})},
      {"local_listener::operator=(local_listener&&)", of_listener([](local_listener&) {})},
      {"local_listener::~local_listener()", of_listener([](local_listener&) {})},
      {"local_listener::adopt(int)", [] { local_listener::adopt(-1); }},
      {"local_listener::address() const", of_listener([](local_listener& l) { l.address(); })},
      {"local_listener::fd() const", of_listener([](local_listener& l) { l.fd(); })},
      {"local_listener::accept(time_point)",
       of_listener([](local_listener& l) { l.accept(clock::now()); })},
      {"local_listener::accept(const ssl_context&, time_point)",
       of_listener([=](local_listener& l) { l.accept(context(), clock::now()); })},
      {"local_listener::accept(const ssl_context&, const connection_options&, time_point)",
       of_listener(
           [=](local_listener& l) { l.accept(context(), connection_options(), clock::now()); })},
      {"local_listener::accept(ssl_server_stream&, time_point)",
       of_listener([=](local_listener& l) {
         ssl_server_stream waiting(context());
         l.accept(waiting, clock::now());
       })},
      {"local_listener::cancel()", of_listener([](local_listener& l) {
         l.cancel();
         l.accept();
       })},
      {"local_listener::close()", of_listener([](local_listener& l) {
         l.close();
         l.close();
         l.accept();
       })},
      {"connect_tunnel(const http_proxy&, const std::string&, const std::string&, "
       "std::chrono::steady_clock::time_point)",
       [] { connect_tunnel(nobody(), "localhost", "443", clock::now()); }},
      {"connect_tunnel(const http_proxy&, const std::string&, int, "
       "std::chrono::steady_clock::time_point)",
       [] { connect_tunnel(nobody(), "localhost", 443, clock::now()); }},
      {"connect_tunnel(const http_proxy&, const ssl_context&, const std::string&, const "
       "std::string&, std::chrono::steady_clock::time_point)",
       [] { connect_tunnel(nobody(), ssl_context::client(), "localhost", "443", clock::now()); }},
      {"connect_tunnel(const http_proxy&, const ssl_context&, const std::string&, int, "
       "std::chrono::steady_clock::time_point)",
       [] { connect_tunnel(nobody(), ssl_context::client(), "localhost", 443, clock::now()); }},
      {"proxy_header::has_client() const", [] { proxy_header().has_client(); }},
      {"read_proxy_header(int, std::chrono::steady_clock::time_point, const "
       "std::vector<std::string>&)",
       of_socket([](int fd) { read_proxy_header(fd, clock::now()); })},
      {"proxied_socket(int, const proxy_header&)", [] { proxied_socket(-1, {}); }},
      {"looks_like_tls(int, std::chrono::steady_clock::time_point)",
       of_socket([](int fd) { looks_like_tls(fd, clock::now()); })}};
  all.insert(all.end(), rows.begin(), rows.end());
}

}  // namespace test
}  // namespace iostls
