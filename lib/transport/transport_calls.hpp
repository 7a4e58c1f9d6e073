// SPDX-License-Identifier: Apache-2.0
// Calls of a transport that move bytes. Programs provide their own transports, and a mistake in one
// of them must harm nothing but its connection.
#pragma once

#include <cstddef>
#include <system_error>

#include <iostls/ssl_error.hpp>
#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// Like the members of the same names, except that what they throw becomes an error, an interruption
// means "not now", bytes that were moved take precedence over that, and a count of more than `size`
// is an error.
io_result read_some(transport& transport, void* data, std::size_t size);
io_result wait_and_read(transport& transport, void* data, std::size_t size,
                        transport::time_point deadline);
// In addition, zero bytes written without an error mean "not now".
io_result write_some(transport& transport, const void* data, std::size_t size);
io_result write_or_wait(transport& transport, const void* data, std::size_t size,
                        transport::time_point deadline);

// Of a result of these; cheap where there is no error.
inline bool is_would_block(const std::error_code& error) noexcept {
  return error && error == std::errc::operation_would_block;
}
inline bool is_timed_out(const std::error_code& error) noexcept {
  return error && error == ssl_errc::timed_out;
}

}  // namespace detail
}  // namespace iostls
