// SPDX-License-Identifier: Apache-2.0
#include <iostls/proxy_header.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <iostls/ssl_error.hpp>

#include "base/escape.hpp"
#include "openssl/error.hpp"
#include "system/ip_bytes.hpp"
#include "system/socket_address.hpp"
#include "transport/descriptor_transport.hpp"
#include "transport/plain_exchange.hpp"
#include "transport/proxy_protocol.hpp"

namespace iostls {
namespace {

using detail::plain_exchange;
using time_point = std::chrono::steady_clock::time_point;

constexpr const char* operation = "proxy header";

std::vector<detail::ip_network> networks_of(const std::vector<std::string>& texts) {
  std::vector<detail::ip_network> networks;
  for (const std::string& text : texts) {
    networks.emplace_back(text);
    if (networks.back().is_valid()) continue;
    throw detail::make_error(
        ssl_errc::bad_configuration, operation,
        "\"" + detail::excerpt(text) + "\" is neither an address nor a network", 0,
        "write 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32");
  }
  return networks;
}

// A peer that has reset the connection has no address any more, while what it sent before can still be read.
// The socket's own address shows whether the peer ever had one; no system forgets that of a local socket.
void require_local_socket(int fd, plain_exchange& peer) {
  const auto own = detail::socket_address::of_local(fd);
  std::array<unsigned char, 16> ignored{};
  if (own.size() != 0 && own.ip(ignored.data()) == 0) return;
  static_cast<void>(peer.peek(1));  // what is no connected socket fails here, with its own reason
  peer.fail(std::make_error_code(std::errc::connection_reset),
            "the peer's address is unknown since the connection was reset");
}

void require_trust(int fd, plain_exchange& peer, const std::vector<detail::ip_network>& trusted) {
  if (trusted.empty()) return;
  const detail::ip_bytes address = detail::ip_bytes::of_peer(fd);
  if (address.size == 0) return require_local_socket(fd, peer);
  const bool is_known = std::any_of(trusted.begin(), trusted.end(),
                                    [&](const auto& each) { return each.contains(address); });
  if (is_known) return;
  peer.fail(ssl_errc::protocol_error, "is not among the balancers that are trusted",
            "let nobody else reach this port, or name the balancer's address");
}

proxy_header read_header(plain_exchange& peer) {
  proxy_header header;
  std::string bytes;
  std::string fault;
  for (;;) {
    const std::string seen = peer.peek(detail::longest_proxy_header - bytes.size());
    if (seen.empty())
      peer.fail(ssl_errc::truncated, "the header of the PROXY protocol is not complete");
    const std::size_t taken = detail::parse_proxy_header(bytes + seen, header, fault);
    if (!fault.empty()) {
      peer.fail(ssl_errc::protocol_error, "the header of the PROXY protocol " + fault,
                "does the balancer send it, as with HAProxy's send-proxy-v2?");
    }
    peer.skip(taken != 0 ? taken - bytes.size() : seen.size());
    if (taken != 0) return header;
    bytes += seen;
  }
}

// A socket behind a balancer.
class proxied_transport final : public detail::descriptor_transport {
 public:
  // Nothing may throw once the base has the descriptor, which it would close: so these are copies.
  proxied_transport(int fd, std::string peer, std::string local)
      : descriptor_transport(fd), peer_(std::move(peer)), local_(std::move(local)) {}

  std::string peer_address() const override { return peer_; }
  std::string local_address() const override { return local_; }

 private:
  const std::string peer_, local_;
};

}  // namespace

proxy_header read_proxy_header(int fd, time_point deadline,
                               const std::vector<std::string>& trusted) {
  const auto networks = networks_of(trusted);
  plain_exchange peer(fd, deadline, operation);
  require_trust(fd, peer, networks);
  return read_header(peer);
}

std::unique_ptr<transport> proxied_socket(int fd, const proxy_header& header) {
  return std::make_unique<proxied_transport>(fd, header.source, header.destination);
}

bool looks_like_tls(int fd, time_point deadline) {
  constexpr char handshake_record = 22;  // RFC 8446, 5.1; no text begins with this character
  plain_exchange client(fd, deadline, "looks_like_tls");
  const std::string first = client.peek(1);
  return !first.empty() && first[0] == handshake_record;
}

}  // namespace iostls
