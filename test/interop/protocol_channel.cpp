// SPDX-License-Identifier: Apache-2.0
#include "protocol_channel.hpp"

#include <chrono>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/time.h>

namespace interop {
namespace {

constexpr std::chrono::seconds patience(20);

void bound_waits(int fd) {
  timeval limit{};
  limit.tv_sec = patience.count();
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

void channel::open(const std::string& host, const std::string& port) {
  host_ = host;
  const int fd = iostls::connect_tcp(host, port, std::chrono::steady_clock::now() + patience);
  plain_ = std::make_unique<example::plain_stream>(fd);
  bound_waits(fd);
}

void channel::secure(const iostls::ssl_context& context, iostls::connection_options options) {
  plain_->flush();
  plain_->require_all_read();
  if (!options.server_name.has_value()) options.server_name = host_;
  tls_ = iostls::ssl_client_stream(plain_->fd(), context, options);
  plain_->release();
  plain_.reset();
}

void channel::unwrap() {
  const iostls::unwrapped_connection rest = tls_.unwrap();
  plain_ = std::make_unique<example::plain_stream>(rest.fd);
  bound_waits(rest.fd);
  if (!rest.input.empty()) throw std::runtime_error("there was more: " + rest.input);
}

void channel::connect(const std::string& host, const std::string& port,
                      const iostls::ssl_context& context,
                      const iostls::connection_options& options) {
  host_ = host;
  tls_.connect(host, port, context, options);
}

std::iostream& channel::io() {
  if (plain_) return *plain_;
  return tls_;
}

}  // namespace interop
