// SPDX-License-Identifier: Apache-2.0
#include "context/context_holder.hpp"

#include <cerrno>
#include <utility>

#include <iostls/ssl_context.hpp>

#include "openssl/error.hpp"
#include "resumption/ticket_keys.hpp"
#include "system/cancellation.hpp"

namespace iostls {
namespace detail {

context_holder::context_holder(bool is_server, const context_options& options)
    : is_server_(is_server),
      options_(options),
      state_(std::make_shared<const context_state>(is_server, options)) {}

std::shared_ptr<const context_state> context_holder::state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_;
}

// Detects a function of an option that reloads its own context: it would wait for itself.
class context_holder::turn {
 public:
  turn(context_holder& holder, const char* operation) : holder_(holder) {
    if (holder.reloader_ == std::this_thread::get_id()) {
      throw make_error(system_code(EDEADLK), operation,
                       "a function of the options changes the context that has called it");
    }
    lock_ = std::unique_lock<std::mutex>(holder.reloading_);
    holder.reloader_ = std::this_thread::get_id();
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;
  ~turn() { holder_.reloader_ = std::thread::id(); }

 private:
  context_holder& holder_;
  std::unique_lock<std::mutex> lock_;
};

void context_holder::reload() {
  const turn one_at_a_time(*this, "reload");
  const std::shared_ptr<const context_state> old = state();
  auto fresh = std::make_shared<const context_state>(is_server_, options_, old.get());
  const std::lock_guard<std::mutex> lock(mutex_);
  state_ = std::move(fresh);
}

void context_holder::set_ticket_keys(std::vector<ticket_key> keys) {
  const turn one_at_a_time(*this, "set_ticket_keys");
  replace_ticket_keys(state()->get(), keys);
  options_.ticket_keys.swap(keys);
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

void ssl_context::set_ticket_keys(const std::vector<ticket_key>& keys) const {
  const detail::no_cancellation uncanceled;
  holder_->set_ticket_keys(keys);
}

std::shared_ptr<const detail::context_state> ssl_context::state() const { return holder_->state(); }

}  // namespace iostls
