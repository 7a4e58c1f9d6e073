// SPDX-License-Identifier: Apache-2.0
#include "connection_pool.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include "close_socket.hpp"

namespace example {
namespace {

void touch(std::atomic<std::chrono::steady_clock::rep>& time) {
  time = std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

connection_pool::~connection_pool() {
  for (connection& c : connections_) c.stream.cancel();
  for (connection& c : connections_) c.thread.join();
}

void connection_pool::serve_all(iostls::tcp_listener& listener,
                                const iostls::ssl_context& context) {
  for (;;) {
    try {
      start(accept(listener, context));
    } catch (const iostls::ssl_error& e) {
      if (e.code() == iostls::ssl_errc::canceled) return;
      if (e.operation() == "accept") throw;
      log(e.what());
    } catch (const std::exception& e) {  // no thread is available, or no memory
      log(e.what());
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

iostls::ssl_server_stream connection_pool::accept(iostls::tcp_listener& listener,
                                                  const iostls::ssl_context& context) const {
  const int fd = listener.accept();
  try {
    if (context.reload_if_changed()) log("has read its files again");
  } catch (const std::exception& e) {  // the old ones are still in use
    log(e.what());
  }
  try {
    return iostls::ssl_server_stream(fd, context);
  } catch (...) {
    close_socket(fd);
    throw;
  }
}

void connection_pool::start(iostls::ssl_server_stream client) {
  reap();
  if (connections_.size() >= max_connections) make_room();
  connections_.emplace_back(std::move(client));
  connection& c = connections_.back();
  touch(c.latest);
  try {
    c.thread = std::thread([this, &c] { run(c); });
  } catch (...) {
    connections_.pop_back();
    throw;
  }
}

void connection_pool::run(connection& c) noexcept {
  try {
    serve_(c.stream, [&c] { touch(c.latest); });
  } catch (const iostls::ssl_error&) {  // the stream has the error, too
  } catch (const std::exception& e) {
    log(e.what());
  }
  c.stream.close();
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

void connection_pool::log(const char* text) const { std::cerr << program_ + ": " + text + "\n"; }

}  // namespace example
