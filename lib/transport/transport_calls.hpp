// SPDX-License-Identifier: Apache-2.0
// Calls of a transport that move bytes. Programs provide their own transports, and a mistake in one
// of them must harm nothing but its connection.
#pragma once

#include <cstddef>

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

}  // namespace detail
}  // namespace iostls
