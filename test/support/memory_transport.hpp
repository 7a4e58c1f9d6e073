// SPDX-License-Identifier: Apache-2.0
// Transports for tests: a pair of ends in memory, and a wrapper that makes any transport fail.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <system_error>

#include <iostls/transport.hpp>

namespace iostls {
namespace test {

// Two connected ends; what one writes, the other reads. `capacity` is how many bytes fit in
// between, each way. They keep what they share alive.
struct memory_pair {
  std::unique_ptr<transport> a, b;
};
memory_pair memory_pipe(std::size_t capacity = 65536);

// What befalls one call.
struct fault {
  enum kind_type {
    none,
    fail,   // with `error`, nothing moved
    limit,  // at most `size` bytes are moved
    end     // reading: the peer has ended; writing: a broken pipe
  };
  kind_type kind = none;
  std::error_code error;
  std::size_t size = 0;

  static fault would_block() {
    return {fail, std::make_error_code(std::errc::operation_would_block), 0};
  }
  static fault failure(std::errc e) { return {fail, std::make_error_code(e), 0}; }
  static fault at_most(std::size_t size) { return {limit, {}, size}; }
  static fault ended() { return {end, {}, 0}; }
};

// What a faulty transport does, and what was done with it; shared between it and the test.
struct transport_script {
  // The call's number, from 0, counted for reading and writing each. Called from both threads.
  std::function<fault(std::uint64_t call)> on_read, on_write;

  std::atomic<std::uint64_t> reads{0}, writes{0}, waits{0};
  std::atomic<std::uint64_t> bytes_read{0}, bytes_written{0};
  std::atomic<int> cancels{0}, closes{0}, abandons{0}, shutdowns{0};
  // Of those that exist; 0 after the transport was destroyed.
  std::atomic<int> alive{0};
};

// The k-th call (from 0) suffers the fault, the others do not.
std::function<fault(std::uint64_t)> at_call(std::uint64_t k, const fault& f);
// All calls from the k-th on do.
std::function<fault(std::uint64_t)> from_call(std::uint64_t k, const fault& f);

// Behaves as `inner`, but for what the script changes, and counts. After a would_block that it made
// up, the next `wait` returns at once.
std::unique_ptr<transport> faulty_transport(std::unique_ptr<transport> inner,
                                            const std::shared_ptr<transport_script>& script);

}  // namespace test
}  // namespace iostls
