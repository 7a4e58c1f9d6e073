// SPDX-License-Identifier: Apache-2.0
#include <iostls/ssl_error.hpp>
#include <iostls/transport.hpp>

namespace iostls {

transport::~transport() = default;

io_result transport::wait_and_read(void* data, std::size_t size, time_point deadline) noexcept {
  for (;;) {
    const std::error_code waited = wait(event::readable, deadline);
    // As an ssl_errc, a deadline cannot be taken for the ETIMEDOUT that a dead connection reads.
    if (waited == std::errc::timed_out) return {0, ssl_errc::timed_out};
    if (waited) return {0, waited};
    const io_result r = read_some(data, size);
    if (r.error != std::errc::operation_would_block) return r;
  }
}

io_result transport::write_or_wait(const void* data, std::size_t size,
                                   time_point deadline) noexcept {
  for (;;) {
    const io_result r = write_some(data, size);
    if (r.error != std::errc::operation_would_block) return r;
    const std::error_code waited = wait(event::writable, deadline);
    if (waited == std::errc::timed_out) return {0, ssl_errc::timed_out};
    if (waited) return {0, waited};
  }
}

void transport::abandon() noexcept { static_cast<void>(close()); }

bool transport::lingers() const noexcept { return true; }

bool transport::output_acknowledged() const noexcept { return false; }

int transport::fd() const noexcept { return -1; }

}  // namespace iostls
