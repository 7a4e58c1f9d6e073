// SPDX-License-Identifier: Apache-2.0
// Memory for network input and output.
#pragma once

#include <cstddef>
#include <memory>

namespace iostls {
namespace detail {

// Four records of full size, with the overhead of TLS: how much is sent, and read, at once.
constexpr std::size_t large_buffer_size = 4 * std::size_t{16 * 1024 + 256};

struct buffer_deleter {
  std::size_t capacity = 0;
  void operator()(char* memory) const noexcept;
};

// The deleter has the size. Only encrypted bytes may be stored here: the process keeps a few buffers for
// reuse, since malloc(3) returns memory of the large ones to the system each time, and page faults cost more
// than encryption.
using buffer_memory = std::unique_ptr<char[], buffer_deleter>;

// At least `size` bytes, uninitialised.
buffer_memory make_buffer(std::size_t size);

}  // namespace detail
}  // namespace iostls
