// SPDX-License-Identifier: Apache-2.0
#include "connection_pool.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>

#include "http_service.hpp"

namespace example {
namespace {

// In one piece, as threads share the stream.
void log(const std::string& text) { std::cerr << "https_server: " + text + "\n"; }

void touch(std::atomic<std::chrono::steady_clock::rep>& time) {
  time = std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

connection_pool::~connection_pool() {
  for (connection& c : connections_) c.stream.cancel();
  for (connection& c : connections_) c.thread.join();
}

void connection_pool::serve(int fd) {
  reap();
  if (connections_.size() >= max_connections) make_room();
  try {
    connections_.emplace_back(fd, context_);
  } catch (...) {
    ::close(fd);
    throw;
  }
  connection& c = connections_.back();
  touch(c.latest);
  try {
    c.thread = std::thread([&c] { run(c); });
  } catch (...) {
    connections_.pop_back();
    throw;
  }
}

void connection_pool::run(connection& c) noexcept {
  try {
    serve_http(c.stream, [&c] { touch(c.latest); });
  } catch (const iostls::ssl_error&) {
    c.stream.close();
  } catch (const std::exception& e) {
    log(e.what());
    c.stream.close();
  }
  const iostls::ssl_error* const error = c.stream.last_error();
  if (error != nullptr && error->code() != iostls::ssl_errc::canceled) log(error->what());
  c.done = true;
}

void connection_pool::reap() {
  for (auto c = connections_.begin(); c != connections_.end();) {
    if (c->done) {
      c->thread.join();
      c = connections_.erase(c);
    } else {
      ++c;
    }
  }
}

void connection_pool::make_room() {
  const auto victim = std::min_element(
      connections_.begin(), connections_.end(),
      [](const connection& a, const connection& b) { return a.latest < b.latest; });
  victim->stream.cancel();
  victim->thread.join();
  connections_.erase(victim);
}

}  // namespace example
