// SPDX-License-Identifier: Apache-2.0
#include "stream_rows.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <iostls/native.hpp>

#include "descriptor.hpp"

namespace iostls {
namespace test {
namespace {

using std::chrono::milliseconds;
using time_point = std::chrono::steady_clock::time_point;

const time_point long_ago{};

// Of the same class, with a connection of its own.
struct companion {
  explicit companion(subject& s) : talk({s.its_role(), tls_version::tls1_3}, limit_times) {}
  ssl_client_stream& client() { return dynamic_cast<ssl_client_stream&>(*talk.stream); }
  ssl_server_stream& server() { return dynamic_cast<ssl_server_stream&>(*talk.stream); }
  duologue talk;
};

template <class Client, class Server>
void by_role(subject& s, Client client, Server server) {
  if (s.its_role() == role::client) {
    client(s.client());
  } else {
    server(s.server());
  }
}

// A stream that is made beside: what it is given is closed with it.
template <class Stream>
void make(subject& s, const std::function<void()>& f) {
  if ((s.its_role() == role::client) == std::is_same<Stream, ssl_client_stream>::value) f();
}

template <class Stream>
void of_descriptor(subject& s) {
  make<Stream>(s, [&] {
    descriptor_pair pair = socket_pair();
    pair.b.reset();
    Stream made(pair.a.get(), s.context());
    pair.a.release();
    Stream refused(-1, s.context());
  });
}

context_options options_of(subject& s) {
  return s.its_role() == role::client ? client_options() : server_options();
}

template <class Stream>
void of_descriptor_and_options(subject& s) {
  make<Stream>(s, [&] {
    descriptor_pair pair = socket_pair();
    pair.b.reset();
    Stream made(pair.a.get(), options_of(s));
    pair.a.release();
    Stream refused(-1, options_of(s));
  });
}

template <class Stream>
void of_transport(subject& s) {
  make<Stream>(s, [&] {
    Stream made(deserted_transport(), s.context());
    Stream refused(std::unique_ptr<transport>(), s.context());
  });
}

template <class Stream>
void of_transport_and_options(subject& s) {
  make<Stream>(s, [&] {
    Stream made(deserted_transport(), options_of(s));
    Stream refused(std::unique_ptr<transport>(), options_of(s));
  });
}

template <class Action>
std::function<void(subject&)> of_client(Action action) {
  return [action](subject& s) {
    if (s.its_role() == role::client) action(s);
  };
}

template <class Action>
std::function<void(subject&)> of_server(Action action) {
  return [action](subject& s) {
    if (s.its_role() == role::server) action(s);
  };
}

void move_there_and_back(subject& s) {
  by_role(
      s,
      [](ssl_client_stream& c) {
        ssl_client_stream other(std::move(c));
        c = std::move(other);
      },
      [](ssl_server_stream& c) {
        ssl_server_stream other(std::move(c));
        c = std::move(other);
      });
}

void replace(subject& s) {
  companion other(s);
  by_role(
      s, [&](ssl_client_stream& c) { c = std::move(other.client()); },
      [&](ssl_server_stream& c) { c = std::move(other.server()); });
}

void exchange(subject& s) {
  companion other(s);
  by_role(
      s, [&](ssl_client_stream& c) { c.swap(other.client()); },
      [&](ssl_server_stream& c) { c.swap(other.server()); });
}

void exchange_freely(subject& s) {
  companion other(s);
  by_role(
      s, [&](ssl_client_stream& c) { swap(c, other.client()); },
      [&](ssl_server_stream& c) { swap(c, other.server()); });
}

void view(subject& s) {
  ssl_duplex views(s.stream());
  views.out() << "by this";
  views.in().peek();
}

}  // namespace

std::unique_ptr<transport> deserted_transport() {
  memory_pair ends = memory_pipe();
  ends.b->close();
  return std::move(ends.a);
}

std::vector<row> stream_rows() {
  return {
      {"ssl_stream::do_handshake()", [](subject& s) { s.stream().do_handshake(); }},
      {"ssl_stream::peer_certificate()", [](subject& s) { s.stream().peer_certificate(); }},
      {"ssl_stream::info()", [](subject& s) { s.stream().info(); }},
      {"ssl_stream::session()", [](subject& s) { s.stream().session(); }},
      {"ssl_stream::export_keying_material(const std::string&, const std::string&, std::size_t)",
       [](subject& s) {
         s.stream().export_keying_material("EXPORTER-Test", "context", 32);
         s.stream().export_keying_material("", "", 0);
       }},
      {"ssl_stream::export_keying_material(const std::string&, std::size_t)",
       [](subject& s) { s.stream().export_keying_material("EXPORTER-Test", 32); }},
      {"ssl_stream::channel_binding(const std::string&)",
       [](subject& s) {
         s.stream().channel_binding("tls-exporter");
         s.stream().channel_binding("tls-server-end-point");
         s.stream().channel_binding("tls-unique");
       }},
      {"ssl_stream::update_keys(key_update_request)",
       [](subject& s) {
         s.stream().update_keys();
         s.stream().update_keys(key_update_request::requested);
       }},
      {"ssl_stream::counters() const", [](subject& s) { s.stream().counters(); }},
      {"ssl_stream::close()", [](subject& s) { s.stream().close(); }},
      {"ssl_stream::shutdown_write()", [](subject& s) { s.stream().shutdown_write(); }},
      {"ssl_stream::unwrap()", [](subject& s) { descriptor(s.stream().unwrap().fd); }},
      {"ssl_stream::closed_how() const", [](subject& s) { s.stream().closed_how(); }},
      {"ssl_stream::cancel()", [](subject& s) { s.stream().cancel(); }},
      {"ssl_stream::wake()", [](subject& s) { s.stream().wake(); }},
      {"ssl_stream::is_open() const", [](subject& s) { s.stream().is_open(); }},
      {"ssl_stream::error() const", [](subject& s) { s.stream().error().message(); }},
      {"ssl_stream::last_error() const",
       [](subject& s) {
         if (s.stream().last_error() != nullptr) s.stream().last_error()->what();
       }},
      {"ssl_stream::peer_address() const", [](subject& s) { s.stream().peer_address(); }},
      {"ssl_stream::local_address() const", [](subject& s) { s.stream().local_address(); }},
      {"ssl_stream::expires_after(duration)",
       [](subject& s) { s.stream().expires_after(ssl_stream::duration(5)); }},
      {"ssl_stream::expires_after(const std::chrono::duration<Rep, Period>&)",
       [](subject& s) { s.stream().expires_after((std::chrono::hours::max)()); }},
      {"ssl_stream::expires_at(time_point)", [](subject& s) { s.stream().expires_at(long_ago); }},
      {"ssl_stream::read_timeout(std::chrono::milliseconds)",
       [](subject& s) {
         s.stream().read_timeout(milliseconds(60000));
         s.stream().read_timeout(milliseconds(-1));
       }},
      {"ssl_stream::write_timeout(std::chrono::milliseconds)",
       [](subject& s) {
         s.stream().write_timeout(milliseconds(60000));
         s.stream().write_timeout((milliseconds::max)());
       }},
      {"ssl_stream::wait_readable(std::chrono::milliseconds)",
       [](subject& s) {
         s.stream().wait_readable(milliseconds(1));
         s.stream().wait_readable(milliseconds(-1));
       }},
      {"ssl_stream::expires_never()", [](subject& s) { s.stream().expires_never(); }},
      {"ssl_stream::expiry() const", [](subject& s) { s.stream().expiry(); }},
      {"ssl_stream::rdbuf() const", [](subject& s) { s.stream().rdbuf(); }},
      {"ssl_stream::~ssl_stream()",
       [](subject& s) {
         ssl_client_stream none;
         companion other(s);
       }},
      {"ssl_server_stream::ssl_server_stream()", [](subject&) { ssl_server_stream none; }},
      {"ssl_server_stream::ssl_server_stream(const ssl_context&, const connection_options&)",
       [](subject& s) {
         make<ssl_server_stream>(s, [&] { ssl_server_stream waiting(s.context()); });
       }},
      {"ssl_server_stream::accept(int)", of_server([](subject& s) {
         descriptor_pair pair = socket_pair();
         pair.b.reset();
         s.server().accept(pair.a.get());
         pair.a.release();
       }),
       row::replacing},
      {"ssl_server_stream::accept(std::unique_ptr<transport>)",
       of_server([](subject& s) { s.server().accept(deserted_transport()); }), row::replacing},
      {"ssl_server_stream::ssl_server_stream(int, const ssl_context&, const connection_options&)",
       of_descriptor<ssl_server_stream>},
      {"ssl_server_stream::ssl_server_stream(int, const context_options&)",
       of_descriptor_and_options<ssl_server_stream>},
      {"ssl_server_stream::ssl_server_stream(std::unique_ptr<transport>, const ssl_context&, const "
       "connection_options&)",
       of_transport<ssl_server_stream>},
      {"ssl_server_stream::ssl_server_stream(std::unique_ptr<transport>, const context_options&)",
       of_transport_and_options<ssl_server_stream>},
      {"ssl_server_stream::ssl_server_stream(ssl_server_stream&&)", move_there_and_back,
       row::replacing},
      {"ssl_server_stream::operator=(ssl_server_stream&&)", replace, row::replacing},
      {"ssl_server_stream::swap(ssl_server_stream&)", exchange, row::replacing},
      {"swap(ssl_server_stream&, ssl_server_stream&)", exchange_freely, row::replacing},
      {"ssl_client_stream::ssl_client_stream()", [](subject&) { ssl_client_stream none; }},
      {"ssl_client_stream::ssl_client_stream(int, const ssl_context&, const connection_options&)",
       of_descriptor<ssl_client_stream>},
      {"ssl_client_stream::ssl_client_stream(int, const context_options&)",
       of_descriptor_and_options<ssl_client_stream>},
      {"ssl_client_stream::ssl_client_stream(std::unique_ptr<transport>, const ssl_context&, const "
       "connection_options&)",
       of_transport<ssl_client_stream>},
      {"ssl_client_stream::ssl_client_stream(std::unique_ptr<transport>, const context_options&)",
       of_transport_and_options<ssl_client_stream>},
      {"ssl_client_stream::ssl_client_stream(const std::string&, const std::string&)",
       [](subject&) { ssl_client_stream refused("127.0.0.1", silent_port()); }},
      {"ssl_client_stream::ssl_client_stream(const std::string&, const std::string&, const "
       "ssl_context&, const connection_options&)",
       [](subject& s) { ssl_client_stream refused("127.0.0.1", silent_port(), s.context()); }},
      {"ssl_client_stream::ssl_client_stream(const std::string&, const std::string&, const "
       "context_options&)",
       [](subject&) { ssl_client_stream refused("127.0.0.1", silent_port(), client_options()); }},
      {"ssl_client_stream::ssl_client_stream(const std::string&, int)",
       [](subject&) { ssl_client_stream refused("127.0.0.1", std::stoi(silent_port())); }},
      {"ssl_client_stream::ssl_client_stream(const std::string&, int, const ssl_context&, const "
       "connection_options&)",
       [](subject& s) {
         ssl_client_stream refused("127.0.0.1", std::stoi(silent_port()), s.context());
       }},
      {"ssl_client_stream::ssl_client_stream(const std::string&, int, const context_options&)",
       [](subject&) {
         ssl_client_stream refused("127.0.0.1", std::stoi(silent_port()), client_options());
       }},
      {"ssl_client_stream::ssl_client_stream(ssl_client_stream&&)", move_there_and_back,
       row::replacing},
      {"ssl_client_stream::operator=(ssl_client_stream&&)", replace, row::replacing},
      {"ssl_client_stream::swap(ssl_client_stream&)", exchange, row::replacing},
      {"swap(ssl_client_stream&, ssl_client_stream&)", exchange_freely, row::replacing},
      {"ssl_client_stream::connect(const std::string&, int)",
       of_client([](subject& s) { s.client().connect("127.0.0.1", std::stoi(silent_port())); }),
       row::replacing},
      {"ssl_client_stream::connect(const std::string&, int, const ssl_context&, const "
       "connection_options&)",
       of_client([](subject& s) {
         s.client().connect("127.0.0.1", std::stoi(silent_port()), s.context());
       }),
       row::replacing},
      {"ssl_client_stream::connect(const std::string&, int, const context_options&)",
       of_client([](subject& s) {
         s.client().connect("127.0.0.1", std::stoi(silent_port()), client_options());
       }),
       row::replacing},
      {"ssl_client_stream::connect(const std::string&, const std::string&)",
       of_client([](subject& s) { s.client().connect("127.0.0.1", silent_port()); }),
       row::replacing},
      {"ssl_client_stream::connect(const std::string&, const std::string&, const ssl_context&, "
       "const "
       "connection_options&)",
       of_client([](subject& s) { s.client().connect("127.0.0.1", silent_port(), s.context()); }),
       row::replacing},
      {"ssl_client_stream::connect(const std::string&, const std::string&, const context_options&)",
       of_client(
           [](subject& s) { s.client().connect("127.0.0.1", silent_port(), client_options()); }),
       row::replacing},
      {"ssl_duplex::ssl_duplex(ssl_stream&)", view},
      {"ssl_duplex::in()", view},
      {"ssl_duplex::out()", view},
      {"ssl_duplex::~ssl_duplex()", view}};
}

}  // namespace test
}  // namespace iostls
