// SPDX-License-Identifier: Apache-2.0
#include <iostls/ssl_error.hpp>
#include <iostls/transport.hpp>

#include "transport/transport_calls.hpp"

namespace iostls {
namespace {

// After this many early returns the caller checks its deadline, and whether it was canceled.
constexpr int early_wakes = 8;

// An ssl_errc, so that a deadline is not confused with the ETIMEDOUT that reading from a dead
// connection returns.
std::error_code end_of_wait(const std::error_code& waited) noexcept {
  return waited == std::errc::timed_out ? make_error_code(ssl_errc::timed_out) : waited;
}

}  // namespace

transport::~transport() = default;

io_result transport::wait_and_read(void* data, std::size_t size, time_point deadline) {
  for (int round = 0;; ++round) {
    const std::error_code waited = wait(event::readable, deadline);
    if (waited) return {0, end_of_wait(waited)};
    const io_result r = detail::read_some(*this, data, size);
    if (!detail::is_would_block(r.error) || round == early_wakes) return r;
  }
}

io_result transport::write_or_wait(const void* data, std::size_t size, time_point deadline) {
  for (int round = 0;; ++round) {
    const io_result r = detail::write_some(*this, data, size);
    if (!detail::is_would_block(r.error) || round == early_wakes) return r;
    const std::error_code waited = wait(event::writable, deadline);
    if (waited) return {0, end_of_wait(waited)};
  }
}

void transport::abandon() noexcept { static_cast<void>(close()); }

bool transport::lingers() const noexcept { return true; }

bool transport::output_acknowledged() const noexcept { return false; }

int transport::fd() const noexcept { return -1; }

void transport::wake() noexcept {}

std::string transport::peer_address() const { return {}; }

std::string transport::local_address() const { return {}; }

}  // namespace iostls
