// SPDX-License-Identifier: Apache-2.0
// Addresses of sockets as text.
#include "system/socket_address.hpp"

#include <cstddef>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "descriptor.hpp"

namespace iostls {
namespace detail {
namespace {

std::string ipv4(const char* host, unsigned short port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, host, &address.sin_addr), 1);
  return socket_address(&address, sizeof address).text();
}

std::string ipv6(const char* host, unsigned short port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET6, host, &address.sin6_addr), 1);
  return socket_address(&address, sizeof address).text();
}

std::string local(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return socket_address(&address, offsetof(sockaddr_un, sun_path) + path.size()).text();
}

TEST(socket_address, has_a_port_behind_its_host) {
  EXPECT_EQ(ipv4("192.0.2.1", 443), "192.0.2.1:443");
  EXPECT_EQ(ipv4("0.0.0.0", 0), "0.0.0.0:0");
  EXPECT_EQ(ipv6("2001:db8::1", 65535), "[2001:db8::1]:65535");
}

TEST(socket_address, of_an_ipv4_client_of_an_ipv6_socket_is_an_ipv4_address) {
  EXPECT_EQ(ipv6("::ffff:192.0.2.1", 443), "192.0.2.1:443");
}

TEST(socket_address, of_a_local_socket_is_its_path) {
  EXPECT_EQ(local("/run/x"), "unix:/run/x");
  EXPECT_EQ(local(std::string("/run/x\0junk", 11)), "unix:/run/x");
  EXPECT_EQ(local(std::string("\0name", 5)), "unix:@name");
  EXPECT_EQ(local(std::string(sizeof(sockaddr_un::sun_path), 'x')),
            "unix:" + std::string(sizeof(sockaddr_un::sun_path), 'x'));
  // The peer's own choice: no line of a log, no sequence for a terminal, nothing that is read backwards.
  EXPECT_EQ(local("/x\n\x1b[31m\xc2\x9b\xe2\x80\xae\x7f"),
            "unix:/x\\x0a\\x1b[31m\\xc2\\x9b\\xe2\\x80\\xae\\x7f");
  EXPECT_EQ(local(std::string("\0a\0\nb", 5)), "unix:@a\\x00\\x0ab");
}

TEST(kept_address, is_what_was_given_however_long_it_is) {
  for (const std::size_t size : {std::size_t{0}, sizeof(sockaddr_in), sizeof(sockaddr_in6),
                                 sizeof(sockaddr_in6) + 1, sizeof(sockaddr_un)}) {
    const std::string bytes(size, 'x');
    const socket_address kept = kept_address(socket_address(bytes.data(), size)).get();
    EXPECT_EQ(std::string(static_cast<const char*>(kept.data()), kept.size()), bytes);
  }
  EXPECT_EQ(kept_address().get().text(), "");
}

TEST(socket_address, is_empty_where_there_is_none) {
  EXPECT_EQ(local(""), "");
  sockaddr unknown{};
  unknown.sa_family = AF_UNSPEC;
  EXPECT_EQ(socket_address(&unknown, sizeof unknown).text(), "");
  EXPECT_EQ(socket_address(&unknown, 0).text(), "");
  sockaddr_in6 cut{};
  cut.sin6_family = AF_INET6;
  EXPECT_EQ(socket_address(&cut, sizeof(sockaddr_in)).text(), "");
  EXPECT_EQ(socket_address::of_peer(-1).text(), "");
  EXPECT_EQ(socket_address::of_local(-1).text(), "");
}

TEST(socket_address, is_known_of_both_ends_of_a_connection) {
  const test::descriptor_pair pair = test::tcp_pair();
  EXPECT_EQ(socket_address::of_peer(pair.a.get()).text(),
            socket_address::of_local(pair.b.get()).text());
  EXPECT_EQ(socket_address::of_peer(pair.b.get()).text(),
            socket_address::of_local(pair.a.get()).text());
  EXPECT_EQ(socket_address::of_peer(pair.a.get()).text().rfind("127.0.0.1:", 0), 0);
}

TEST(socket_address, of_a_listener_has_no_peer) {
  const test::listening listener = test::listen_on_loopback();
  EXPECT_EQ(socket_address::of_local(listener.fd.get()).text(),
            "127.0.0.1:" + std::to_string(listener.port));
  EXPECT_EQ(socket_address::of_peer(listener.fd.get()).text(), "");
}

}  // namespace
}  // namespace detail
}  // namespace iostls
