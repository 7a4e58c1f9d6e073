// SPDX-License-Identifier: Apache-2.0
// What is different on Windows, seen through the public interface alone: connections by name, errors, waking
// and canceling, time limits, files with secrets, paths. Prints TAP.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>

#include <iostls/iostls.hpp>

namespace {

using iostls::ssl_client_stream;
using iostls::ssl_server_stream;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct failure {
  std::string what;
};

void expect(bool holds, const std::string& what) {
  if (!holds) throw failure{what};
}

const iostls::credential& own() {
  static const iostls::credential c = iostls::self_signed_certificate({"localhost", "127.0.0.1"});
  return c;
}

iostls::context_options server_options() {
  iostls::context_options o;
  o.certificate = own().certificate;
  o.key = own().key;
  o.certificate_password = own().password;
  return o;
}

iostls::context_options client_options() {
  iostls::context_options o;
  o.ca_certificates = own().certificate;
  return o;
}

// A server for one client.
class server {
 public:
  explicit server(std::function<void(ssl_server_stream&)> work)
      : thread_([this, work] {
          try {
            ssl_server_stream client =
                listener_.accept(iostls::ssl_context::server(server_options()));
            work(client);
          } catch (const std::exception& e) {
            std::cout << "# server: " << e.what() << '\n';
          }
        }) {}
  ~server() {
    listener_.cancel();
    thread_.join();
  }
  std::string port() const { return std::to_string(listener_.port()); }

 private:
  iostls::tcp_listener listener_{"127.0.0.1"};
  std::thread thread_;
};

// Until the client has nothing more to say.
void drain(ssl_server_stream& client) {
  while (client.get() != std::char_traits<char>::eof()) {
  }
}

std::error_code code_of(const std::function<void()>& body, std::string* words = nullptr) {
  try {
    body();
  } catch (const iostls::ssl_error& e) {
    if (words != nullptr) *words = e.what();
    std::cout << "# " << e.what() << '\n';
    return e.code();
  }
  return {};
}

void echoes_a_hundred_kilobytes() {
  const server echo([](ssl_server_stream& client) {
    std::string all;
    for (int c = client.get(); c != std::char_traits<char>::eof(); c = client.get()) {
      all += static_cast<char>(c);
    }
    client.clear();
    client << all << std::flush;
    client.close();
    if (!client) std::cout << "# server: " << client.error().message() << '\n';
  });
  ssl_client_stream s("127.0.0.1", echo.port(), client_options());
  std::string sent;
  for (int i = 0; i != 100 * 1024; ++i) sent += static_cast<char>('a' + i % 26);
  s << sent << std::flush;
  s.shutdown_write();
  std::string answer;
  for (int c = s.get(); c != std::char_traits<char>::eof(); c = s.get()) {
    answer += static_cast<char>(c);
  }
  expect(answer == sent,
         "the answer has " + std::to_string(answer.size()) + " bytes; " + s.error().message());
  expect(s.eof() && !s.bad(), "the end was no clean one");
  s.close();
  expect(!s.is_open(), "it is open");
}

void reports_a_refused_connection() {
  std::string port;
  {
    const iostls::tcp_listener gone("127.0.0.1");
    port = std::to_string(gone.port());
  }
  std::string words;
  const auto code = code_of([&] { iostls::connect_tcp("127.0.0.1", port); }, &words);
  expect(code == std::errc::connection_refused, "another code");
  expect(words.find("Unknown error") == std::string::npos, "no words");
}

void reports_an_unknown_host() {
  const auto deadline = std::chrono::steady_clock::now() + seconds(30);
  expect(code_of([&] { iostls::connect_tcp("no-such-host.invalid", "443", deadline); }) !=
             std::error_code(),
         "it was found");
}

void keeps_its_port_to_itself() {
  const iostls::tcp_listener first("127.0.0.1");
  const auto code =
      code_of([&] { iostls::tcp_listener second("127.0.0.1", std::to_string(first.port())); });
  expect(code == std::errc::address_in_use || code == std::errc::permission_denied, "another code");
}

void cancel_ends_a_read_of_another_thread() {
  const server silent(drain);
  ssl_client_stream s("127.0.0.1", silent.port(), client_options());
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(100));
    s.cancel();
  });
  const auto began = std::chrono::steady_clock::now();
  const int c = s.get();
  other.join();
  expect(c == std::char_traits<char>::eof() && s.bad(), "it read something");
  expect(std::chrono::steady_clock::now() - began < seconds(10), "it took long");
}

void cancel_ends_an_accept() {
  iostls::tcp_listener l("127.0.0.1");
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(100));
    l.cancel();
  });
  const auto code = code_of([&] { l.accept(); });
  other.join();
  expect(code == iostls::ssl_errc::canceled, "another code");
}

void a_silent_server_is_not_waited_for() {
  const iostls::tcp_listener silent("127.0.0.1");
  iostls::context_options o = client_options();
  o.handshake_timeout = milliseconds(200);
  o.close_timeout = milliseconds(0);
  ssl_client_stream s("127.0.0.1", std::to_string(silent.port()), o);
  expect(!s, "it connected");
}

void trusts_what_the_system_trusts() {
  const server echo(drain);
  ssl_client_stream s("127.0.0.1", echo.port());  // a default client
  expect(!s, "a certificate that nobody knows was accepted");
  expect(s.error() == iostls::ssl_errc::certificate_rejected, s.error().message());
}

void paths_are_utf8() {
  const std::string path = "gr\xc3\xbcn.pem";
  iostls::context_options o;
  o.ca_file = path;
  expect(code_of([&] { iostls::ssl_context::client(o); }) != std::error_code(), "it is there");
  o.ca_file = ".";
  std::string words;
  code_of([&] { iostls::ssl_context::client(o); }, &words);
  expect(words.find("directory") != std::string::npos, words);
}

void a_key_log_is_for_its_owner_alone() {
  std::remove("keys.log");
  iostls::context_options o = client_options();
  o.keylog_file = "keys.log";
  {
    const server echo(drain);
    ssl_client_stream s("127.0.0.1", echo.port(), o);
    s.close();
  }
  std::ifstream log("keys.log");
  std::string line;
  expect(static_cast<bool>(std::getline(log, line)), "nothing was logged");
  // The same user's program goes on with the same file.
  iostls::ssl_context::client(o);
}

void what_is_no_socket_is_refused() {
  expect(code_of([] { iostls::socket_transport t(1); }) == std::errc::not_a_socket, "another code");
}

struct test {
  const char* name;
  void (*body)();
};

}  // namespace

int main() {
  const test tests[] = {
      {"echoes a hundred kilobytes", echoes_a_hundred_kilobytes},
      {"reports a refused connection", reports_a_refused_connection},
      {"reports an unknown host", reports_an_unknown_host},
      {"keeps its port to itself", keeps_its_port_to_itself},
      {"cancel ends a read of another thread", cancel_ends_a_read_of_another_thread},
      {"cancel ends an accept", cancel_ends_an_accept},
      {"a silent server is not waited for", a_silent_server_is_not_waited_for},
      {"trusts what the system trusts", trusts_what_the_system_trusts},
      {"paths are UTF-8", paths_are_utf8},
      {"a key log is for its owner alone", a_key_log_is_for_its_owner_alone},
      {"what is no socket is refused", what_is_no_socket_is_refused},
  };
  int number = 0;
  bool failed = false;
  std::cout << "1.." << sizeof tests / sizeof *tests << std::endl;
  for (const test& t : tests) {
    std::string why;
    try {
      t.body();
    } catch (const failure& f) {
      why = f.what;
    } catch (const std::exception& e) {
      why = e.what();
    }
    if (!why.empty()) std::cout << "# " << why << '\n';
    std::cout << (why.empty() ? "ok " : "not ok ") << ++number << " - " << t.name << std::endl;
    failed = failed || !why.empty();
  }
  return failed ? 1 : 0;
}
