// SPDX-License-Identifier: Apache-2.0
// Memory for what goes to the network and comes from it.
#pragma once

#include <cstddef>
#include <memory>

namespace iostls {
namespace detail {

// Four records of full size, with what TLS puts around them: how much is sent, and read, at once.
constexpr std::size_t large_buffer_size = 4 * std::size_t{16 * 1024 + 256};

struct buffer_deleter {
  std::size_t capacity = 0;
  void operator()(char* memory) const noexcept;
};

// Its deleter tells how much it is. Only encrypted bytes may go into it: a few large buffers of the
// process are kept for whoever needs one next, since malloc(3) gives memory of that size back to the
// system each time, and page faults cost more than encryption does.
using buffer_memory = std::unique_ptr<char[], buffer_deleter>;

// At least `size` bytes, uninitialised.
buffer_memory make_buffer(std::size_t size);

}  // namespace detail
}  // namespace iostls
