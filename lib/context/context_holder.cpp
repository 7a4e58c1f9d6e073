// SPDX-License-Identifier: Apache-2.0
#include "context/context_holder.hpp"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <thread>
#include <utility>

#include <iostls/ssl_context.hpp>

#include "base/redacted_path.hpp"
#include "context/reloaded_files.hpp"
#include "openssl/error.hpp"
#include "resumption/ticket_keys.hpp"
#include "system/file_state.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds between_looks{1};
// Looking at the files of ten thousand names takes a while.
constexpr int rest_after_look = 1000;

context_holder::context_holder(bool is_server, const context_options& options)
    : is_server_(is_server), options_(options) {
  files_.watch(reloaded_files_of(is_server, options));
  state_ = std::make_shared<const context_state>(is_server, options);
  counters_ = state_->counters();
}

std::shared_ptr<const context_state> context_holder::state() const {
  const std::lock_guard<std::mutex> lock(mutex_.get().mutex);
  return state_;
}

// One thread at a time. Detects a function of an option that reloads its own context: it would wait for
// itself.
class context_holder::turn {
 public:
  turn(context_holder& holder, const char* operation) : process_(holder.reloading_.get()) {
    if (process_.user == std::this_thread::get_id()) {
      throw make_error(system_code(EDEADLK), operation,
                       "a function of the options changes the context that has called it");
    }
    lock_ = std::unique_lock<std::mutex>(process_.mutex);
    process_.user = std::this_thread::get_id();
  }
  // Does not wait: it may not be our turn.
  explicit turn(context_holder& holder) : process_(holder.reloading_.get()) {
    if (process_.user == std::this_thread::get_id()) return;
    lock_ = std::unique_lock<std::mutex>(process_.mutex, std::try_to_lock);
    if (lock_) process_.user = std::this_thread::get_id();
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;
  ~turn() {
    if (lock_) process_.user = std::thread::id();
  }

  explicit operator bool() const noexcept { return lock_.owns_lock(); }

 private:
  fork_mutex::of_process& process_;
  std::unique_lock<std::mutex> lock_;
};

// Opening a FIFO waits for a writer, which has written once, for the first reading.
void context_holder::refuse_files_that_are_read_once() const {
  for (const reloaded_file& file : reloaded_files_of(is_server_, options_)) {
    if (!is_read_once(file.path)) continue;
    throw make_error(
        ssl_errc::bad_credentials, "reload",
        redacted_path(file.path) +
            ": cannot be read again: it is a FIFO, a socket or a device; name a regular file");
  }
}

void context_holder::replace_state() {
  files_.begin_reading();
  refuse_files_that_are_read_once();
  const std::shared_ptr<const context_state> old = state();
  auto fresh = std::make_shared<const context_state>(is_server_, options_, old.get());
  files_.were_read();
  const std::lock_guard<std::mutex> lock(mutex_.get().mutex);
  state_ = std::move(fresh);
}

void context_holder::reload() {
  const turn one_at_a_time(*this, "reload");
  replace_state();
}

bool context_holder::have_files_changed(time_point now) {
  const auto start = clock::now();
  const bool changed = files_.look(now);
  const auto rest = rest_after_look * (clock::now() - start);
  next_look_ = now + std::max<clock::duration>(between_looks, rest);
  return changed;
}

bool context_holder::reload_if_changed(time_point now) {
  if (!is_time_to_look(now)) return false;
  const turn one_at_a_time(*this);
  if (!one_at_a_time || !is_time_to_look(now) || !have_files_changed(now)) return false;
  try {
    replace_state();
    return true;
  } catch (...) {
    if (files_.have_failed(now)) throw;
    return false;
  }
}

void context_holder::set_ticket_keys(std::vector<ticket_key> keys) {
  const turn one_at_a_time(*this, "set_ticket_keys");
  context_options changed = options_;
  changed.ticket_keys = keys;
  file_watch files = files_;
  files.watch(reloaded_files_of(is_server_, changed));
  replace_ticket_keys(state()->get(), keys);
  options_.ticket_keys.swap(keys);
  files_ = std::move(files);
}

}  // namespace detail

ssl_context::ssl_context(std::shared_ptr<detail::context_holder> holder)
    : holder_(std::move(holder)) {}

// Without this, canceling the thread would interrupt OpenSSL while it reads files.

ssl_context ssl_context::server(const context_options& options) {
  const detail::no_cancellation uncanceled;
  return ssl_context(std::make_shared<detail::context_holder>(true, options));
}

ssl_context ssl_context::of_credential(const pem_source& certificate_and_key) {
  context_options options;
  options.certificate = certificate_and_key;
  return server(options);
}

ssl_context ssl_context::client(const context_options& options) {
  const detail::no_cancellation uncanceled;
  return ssl_context(std::make_shared<detail::context_holder>(false, options));
}

bool ssl_context::is_server() const noexcept { return holder_->is_server(); }

void ssl_context::reload() const {
  const detail::no_cancellation uncanceled;
  holder_->reload();
}

bool ssl_context::reload_if_changed() const {
  const auto now = std::chrono::steady_clock::now();
  if (!holder_->is_time_to_look(now)) return false;
  const detail::no_cancellation uncanceled;
  return holder_->reload_if_changed(now);
}

void ssl_context::set_ticket_keys(const std::vector<ticket_key>& keys) const {
  const detail::no_cancellation uncanceled;
  holder_->set_ticket_keys(keys);
}

context_counters ssl_context::counters() const noexcept { return holder_->counters().read(); }

std::shared_ptr<const detail::context_state> ssl_context::state() const { return holder_->state(); }

}  // namespace iostls
