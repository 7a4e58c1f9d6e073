// SPDX-License-Identifier: Apache-2.0
#include "session_list.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

namespace example {

session_list::session_list(std::string program, const iostls::ssl_context& context,
                           std::size_t most, service serve)
    : program_(std::move(program)), context_(context), most_(most), serve_(std::move(serve)) {}

session_list::~session_list() {
  {
    const std::lock_guard<std::mutex> l(mutex_);
    ending_ = true;
    for (session& s : sessions_) s.stream.cancel();
  }
  for (session& s : sessions_) s.thread.join();
}

void session_list::serve_all(iostls::tcp_listener& listener) {
  while (wait_for_room()) {
    try {
      start(listener.accept());
    } catch (const iostls::ssl_error& e) {
      if (e.code() == iostls::ssl_errc::canceled) return;
      throw;
    } catch (const std::exception& e) {  // no thread to be had, or no memory
      log(e.what());
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

// False if there is no need of it any more.
bool session_list::wait_for_room() {
  std::unique_lock<std::mutex> l(mutex_);
  changed_.wait(l, [this] { return ending_ || running() < most_; });
  reap();
  return !ending_;
}

void session_list::start(int fd) try {
  const std::lock_guard<std::mutex> l(mutex_);
  sessions_.emplace_back(context_);
  session& s = sessions_.back();
  try {
    s.thread = std::thread([this, &s, fd] { run(s, fd); });
  } catch (...) {
    sessions_.pop_back();
    throw;
  }
} catch (...) {
  ::close(fd);
  throw;
}

void session_list::run(session& s, int fd) noexcept {
  try {
    serve_(s.stream, fd);
    if (s.stream.is_open()) s.stream.close();
  } catch (const std::exception& e) {
    log(e.what());
  }
  const iostls::ssl_error* const error = s.stream.last_error();
  if (error != nullptr && error->code() != iostls::ssl_errc::canceled) log(error->what());
  const std::lock_guard<std::mutex> l(mutex_);
  s.done = true;
  changed_.notify_all();
}

// A session that begins later sees `ending_` before it waits for the first time.
void session_list::end() {
  const std::lock_guard<std::mutex> l(mutex_);
  ending_ = true;
  for (session& s : sessions_) s.stream.wake();
  changed_.notify_all();
}

bool session_list::have_ended_within(std::chrono::seconds grace) {
  std::unique_lock<std::mutex> l(mutex_);
  return changed_.wait_for(l, grace, [this] { return running() == 0; });
}

std::size_t session_list::running() const {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(), [](const session& s) { return !s.done; }));
}

void session_list::reap() {
  sessions_.remove_if([](session& s) {
    if (s.done) s.thread.join();
    return s.done;
  });
}

void session_list::log(const char* text) const { std::cerr << program_ + ": " + text + "\n"; }

void open(iostls::ssl_server_stream& stream, int fd) try { stream.accept(fd); } catch (...) {
  ::close(fd);
  throw;
}

}  // namespace example
