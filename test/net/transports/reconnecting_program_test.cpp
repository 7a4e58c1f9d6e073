// SPDX-License-Identifier: Apache-2.0
// Programs that keep one stream and open it again and again, as they were written for asio's
// tcp::iostream: the same lines for both types, which have to say the same.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <asio.hpp>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;

// A device that its owner asks now and then.
template <class Stream>
class remote_device {
 public:
  explicit remote_device(std::string port) : port_(std::move(port)) {}

  // Connects anew for each question, whatever became of the connection before.
  std::string ask(const std::string& question) {
    stream_.clear();
    stream_.connect("localhost", port_);
    if (!stream_) return stream_.error() ? "not connected" : "not connected, for no reason";
    std::string answer;
    stream_ << question << std::endl;
    if (!std::getline(stream_, answer)) return "no answer";
    return answer;
  }
  // On the connection that is there.
  std::string ask_again(const std::string& question) {
    std::string answer;
    stream_ << question << std::endl;
    return std::getline(stream_, answer) ? answer : "no answer";
  }
  void move_to(const std::string& port) { port_ = port; }
  void hang_up() { stream_.close(); }

 private:
  std::string port_;
  Stream stream_;
};

template <class Stream>
std::vector<std::string> life_of_a_device(const std::string& port, const std::string& nobody) {
  remote_device<Stream> device(port);
  std::vector<std::string> said;
  said.push_back(device.ask("one"));
  said.push_back(device.ask_again("two"));
  said.push_back(device.ask("three"));  // the connection is open
  said.push_back(device.ask("leave"));
  said.push_back(device.ask_again("four"));  // its end
  said.push_back(device.ask("five"));
  device.hang_up();
  said.push_back(device.ask("six"));
  device.move_to(nobody);
  said.push_back(device.ask("seven"));
  said.push_back(device.ask("eight"));
  device.move_to(port);
  said.push_back(device.ask("nine"));
  device.hang_up();
  return said;
}

const std::vector<std::string> expected = {
    "you said: one",  "you said: two", "you said: three", "you said: leave", "no answer",
    "you said: five", "you said: six", "not connected",   "not connected",   "you said: nine"};
constexpr int visits = 6;

// What both servers do with a client.
void answer(std::iostream& client) {
  std::string line;
  while (std::getline(client, line)) {
    client << "you said: " << line << std::endl;
    if (line == "leave") return;
  }
}

std::string port_of_nobody() { return std::to_string(listen_on_loopback().port); }

TEST(a_program_that_reconnects, says_what_it_is_to_say_over_tcp) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  task serving([&] {
    for (int i = 0; i != visits; ++i) {
      asio::ip::tcp::iostream client;
      acceptor.accept(client.socket());
      answer(client);
    }
  });
  const std::string port = std::to_string(acceptor.local_endpoint().port());
  EXPECT_EQ(life_of_a_device<asio::ip::tcp::iostream>(port, port_of_nobody()), expected);
}

// The server's stream is one object, too.
TEST(a_program_that_reconnects, says_the_same_over_tls) {
  const temp_dir folder;
  ASSERT_EQ(
      ::setenv("SSL_CERT_FILE", folder.write("ca.pem", test_authority().certificate()).c_str(), 1),
      0);
  tcp_listener listener("127.0.0.1");
  task serving([&] {
    ssl_server_stream client(ssl_context::server(pem_text(localhost().both())));
    for (int i = 0; i != visits; ++i) {
      client.accept(listener.accept());
      answer(client);
      client.close();
    }
  });
  const std::string port = std::to_string(listener.port());
  EXPECT_EQ(life_of_a_device<ssl_client_stream>(port, port_of_nobody()), expected);
}

}  // namespace
}  // namespace iostls
