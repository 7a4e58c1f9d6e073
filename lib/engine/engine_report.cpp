// SPDX-License-Identifier: Apache-2.0
// What becomes of handshakes, for the counters and the function of the options.
#include <exception>
#include <memory>
#include <new>

#include "context/context.hpp"
#include "engine/client_hello_gate.hpp"
#include "engine/connection_info.hpp"
#include "engine/engine.hpp"
#include "negotiation/psk.hpp"
#include "transport/host_name.hpp"
#include "verification/expected_name.hpp"

namespace iostls {
namespace detail {
namespace {

std::chrono::microseconds microseconds(engine::clock::duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time);
}

}  // namespace

connection_info engine::described() const {
  connection_info info = describe_connection(ssl_.get(), verify_);
  if (info.alpn.empty()) info.alpn = renegotiation_.protocol();
  info.truncated = state_.input_ended && bio_.has_reported_end();
  info.connect_duration = microseconds(connect_duration_);
  info.handshake_duration = microseconds(handshake_duration_);
  return info;
}

// What a client has asked for, as far as that is known in a handshake that has failed.
std::string engine::asked_name() const {
  if (hello_ && hello_->seen()) return hello_->seen()->server_name;
  const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr && may_be_asked_for(name) ? name : "";
}

void engine::report_success(lock& l) noexcept {
  if (handshake_reported_) return;
  const bool resumed = SSL_session_reused(ssl_.get()) != 0 && !psk_used(ssl_.get());
  context_->counters()->add_handshake(resumed);
  report(l, nullptr);
}

// A handshake that can still go on has not failed.
void engine::report_failure(lock& l, const ssl_error& why) noexcept {
  if (handshake_reported_) return;
  monitor_.wait_for_openssl(l);
  if (!state_.input_error && !state_.canceled && !state_.closed) {
    handshake_setback_.reset(new (std::nothrow) ssl_error(why));
    return;
  }
  context_->counters()->add_failure(why.code());
  report(l, &why);
}

void engine::report_unfinished(lock& l) noexcept {
  if (handshake_began_ == never || state_.handshake_done || handshake_reported_) return;
  monitor_.wait_for_openssl(l);
  if (handshake_reported_) return;
  const bool is_known = handshake_setback_ != nullptr && !state_.canceled;
  const ssl_error why =
      is_known ? *handshake_setback_
               : make_error(state_.canceled ? ssl_errc::canceled : ssl_errc::closed, "handshake");
  context_->counters()->add_failure(why.code());
  report(l, &why);
}

// The connection goes on, whatever the function throws, and even if memory is short.
void engine::report(lock& l, const ssl_error* why) noexcept {
  handshake_reported_ = true;
  const handshake_function& function = context_->on_handshake();
  if (!function) return;
  try {
    handshake_event event;
    event.is_server = context_->is_server();
    event.peer_address = peer_address();
    event.local_address = local_address();
    if (!event.is_server) event.target = dialed_.empty() ? expected_name(ssl_.get()) : dialed_;
    if (why == nullptr) {
      event.info = described();
    } else {
      event.error = std::make_shared<const ssl_error>(*why);
      event.info.server_name = asked_name();
      if (why->code() == ssl_errc::ech_rejected) event.info.ech_status = ech_result::rejected;
      event.info.connect_duration = microseconds(connect_duration_);
      event.info.handshake_duration = microseconds(clock::now() - handshake_began_);
    }
    const connection_lock::apart from_others(monitor_, l);
    function(event);
  } catch (...) {  // NOLINT(bugprone-empty-catch): see above
  }
}

}  // namespace detail
}  // namespace iostls
