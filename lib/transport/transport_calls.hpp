// SPDX-License-Identifier: Apache-2.0
// What the library calls of a transport that moves bytes. Programs bring transports of their own, and a
// mistake in one of them must harm nothing but its connection.
#pragma once

#include <cstddef>

#include <iostls/transport.hpp>

namespace iostls {
namespace detail {

// As the members of the same names, but: what they throw is an error, an interruption means "not now",
// bytes that were moved win over that, and a count of more than `size` is an error.
io_result read_some(transport& transport, void* data, std::size_t size);
io_result wait_and_read(transport& transport, void* data, std::size_t size,
                        transport::time_point deadline);
// Besides, to have written nothing without an error means "not now".
io_result write_some(transport& transport, const void* data, std::size_t size);
io_result write_or_wait(transport& transport, const void* data, std::size_t size,
                        transport::time_point deadline);

}  // namespace detail
}  // namespace iostls
