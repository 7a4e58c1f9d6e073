// SPDX-License-Identifier: Apache-2.0
// Those of listeners and transports.
#include <chrono>
#include <functional>
#include <sstream>
#include <string>
#include <utility>

#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "moved_object.hpp"
#include "value_rows.hpp"

namespace iostls {
namespace test {
namespace {

ssl_context server_context() { return ssl_context::server(server_options()); }

// A descriptor, open or given up, and a buffer that ends.
std::function<void()> of_socket(std::function<void(socket_transport&)> f) {
  return [f = std::move(f)] {
    descriptor_pair pair = socket_pair();
    socket_transport t(pair.a.get());
    pair.a.release();
    f(t);
    t.close();
    f(t);
  };
}

std::function<void()> of_buffer(std::function<void(streambuf_transport&)> f) {
  return [f = std::move(f)] {
    std::stringbuf buffer("text");
    streambuf_transport t(buffer);
    f(t);
    t.cancel();
    f(t);
    t.close();
    f(t);
  };
}

}  // namespace

void add_listeners(std::vector<value_row>& all) {
  using clock = std::chrono::steady_clock;
  const auto each = [](auto f) {
    return of<tcp_listener>([] { return tcp_listener("127.0.0.1"); },
                            [f](tcp_listener& l) {
                              try {
                                f(l);
                              } catch (const ssl_error&) {
                              }
                            });
  };
  const std::vector<value_row> rows{
      {"connect_tcp(const std::string&, const std::string&, std::chrono::steady_clock::time_point)",
       [] { connect_tcp("127.0.0.1", "0", clock::now()); }},
      {"tcp_listener::tcp_listener(const std::string&, const std::string&)",
       [] { tcp_listener("nonsense of a name", "nonsense"); }},
      {"tcp_listener::tcp_listener(tcp_listener&&)", each([](tcp_listener&) {})},
      {"tcp_listener::operator=(tcp_listener&&)", each([](tcp_listener&) {})},
      {"tcp_listener::~tcp_listener()", each([](tcp_listener&) {})},
      {"tcp_listener::adopt(int)", [] { tcp_listener::adopt(-1); }},
      {"tcp_listener::port() const", each([](tcp_listener& l) { l.port(); })},
      {"tcp_listener::fd() const", each([](tcp_listener& l) { l.fd(); })},
      {"tcp_listener::accept(time_point)", each([](tcp_listener& l) { l.accept(clock::now()); })},
      {"tcp_listener::accept(const ssl_context&, time_point)",
       each([](tcp_listener& l) { l.accept(server_context(), clock::now()); })},
      {"tcp_listener::accept(const ssl_context&, const connection_options&, time_point)",
       each([](tcp_listener& l) {
         l.accept(server_context(), connection_options(), clock::now());
       })},
      {"tcp_listener::accept(ssl_server_stream&, time_point)", each([](tcp_listener& l) {
         ssl_server_stream waiting(server_context());
         l.accept(waiting, clock::now());
       })},
      {"tcp_listener::cancel()", each([](tcp_listener& l) {
         l.cancel();
         l.accept();
       })},
      {"tcp_listener::close()", each([](tcp_listener& l) {
         l.close();
         l.close();
         l.accept();
       })}};
  all.insert(all.end(), rows.begin(), rows.end());
}

void add_transports(std::vector<value_row>& all) {
  const auto now = std::chrono::steady_clock::now();
  char* const to = [] {
    static char bytes[8];
    return bytes;
  }();
  const auto read = [to](transport& t) { t.read_some(to, 4); };
  const auto write = [](transport& t) { t.write_some("text", 4); };
  const auto wait = [now](transport& t) {
    t.wait(transport::event::readable, now);
    t.wait(transport::event::writable, now);
  };
  const std::vector<value_row> rows{
      {"transport::~transport()", of_buffer([](transport&) {})},
      {"transport::read_some(void*, std::size_t)", of_buffer(read)},
      {"transport::write_some(const void*, std::size_t)", of_buffer(write)},
      {"transport::wait(event, time_point)", of_buffer(wait)},
      {"transport::wait_and_read(void*, std::size_t, time_point)",
       of_socket([=](transport& t) { t.wait_and_read(to, 4, now); })},
      {"transport::write_or_wait(const void*, std::size_t, time_point)",
       of_socket([=](transport& t) { t.write_or_wait("text", 4, now); })},
      {"transport::shutdown_write()", of_buffer([](transport& t) { t.shutdown_write(); })},
      {"transport::cancel()", of_buffer([](transport& t) { t.cancel(); })},
      {"transport::close()", of_buffer([](transport& t) { t.close(); })},
      {"transport::abandon()", of_buffer([](transport& t) { t.abandon(); })},
      {"transport::lingers() const", of_socket([](transport& t) { t.lingers(); })},
      {"transport::output_acknowledged() const",
       of_buffer([](transport& t) { t.output_acknowledged(); })},
      {"transport::fd() const", of_buffer([](transport& t) { t.fd(); })},
      {"transport::wake()", of_buffer([](transport& t) { t.transport::wake(); })},
      {"transport::peer_address() const", of_socket([](transport& t) { t.peer_address(); })},
      {"transport::local_address() const", of_socket([](transport& t) { t.local_address(); })},
      {"socket_transport::socket_transport(int)", [] { socket_transport(-1); }},
      {"socket_transport::~socket_transport()", of_socket([](transport&) {})},
      {"socket_transport::read_some(void*, std::size_t)", of_socket(read)},
      {"socket_transport::write_some(const void*, std::size_t)", of_socket(write)},
      {"socket_transport::wait(event, time_point)", of_socket(wait)},
      {"socket_transport::shutdown_write()", of_socket([](transport& t) { t.shutdown_write(); })},
      {"socket_transport::cancel()", of_socket([](transport& t) { t.cancel(); })},
      {"socket_transport::close()", of_socket([](transport& t) { t.close(); })},
      {"socket_transport::abandon()", of_socket([](transport& t) { t.abandon(); })},
      {"socket_transport::output_acknowledged() const",
       of_socket([](transport& t) { t.output_acknowledged(); })},
      {"socket_transport::fd() const", of_socket([](transport& t) { t.fd(); })},
      {"socket_transport::wake()", of_socket([](transport& t) { t.wake(); })},
      {"socket_transport::release()",
       of_socket([](socket_transport& t) { descriptor(t.release()); })},
      {"streambuf_transport::streambuf_transport(std::streambuf&)", of_buffer([](transport&) {})},
      {"streambuf_transport::read_some(void*, std::size_t)", of_buffer(read)},
      {"streambuf_transport::write_some(const void*, std::size_t)", of_buffer(write)},
      {"streambuf_transport::wait(event, time_point)", of_buffer(wait)},
      {"streambuf_transport::shutdown_write()",
       of_buffer([](transport& t) { t.shutdown_write(); })},
      {"streambuf_transport::cancel()", of_buffer([](transport& t) { t.cancel(); })},
      {"streambuf_transport::close()", of_buffer([](transport& t) { t.close(); })},
      {"streambuf_transport::lingers() const", of_buffer([](transport& t) { t.lingers(); })},
      {"streambuf_transport::wake()", of_buffer([](transport& t) { t.wake(); })}};
  all.insert(all.end(), rows.begin(), rows.end());
}

}  // namespace test
}  // namespace iostls
