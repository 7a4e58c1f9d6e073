// SPDX-License-Identifier: Apache-2.0
// Two ends of a connection in memory whose programs take turns: one runs until it has to wait,
// then the other. So each run of the same programs makes the same calls in the same order, a
// deadline passes as soon as nobody can go on, and who waits for ever is seen at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include <iostls/transport.hpp>

namespace iostls {
namespace test {

// What befalls one call of a transport.
enum class mishap {
  none,
  interrupted,     // EINTR
  unready,         // EAGAIN; waiting returns early
  one_byte,        // a short count
  reset,           // ECONNRESET
  broken_pipe,     // EPIPE
  system_timeout,  // ETIMEDOUT
  ended,           // reading: end of stream; writing: EPIPE
  late             // nothing comes before the deadline
};
const char* to_string(mishap m);
// True if a program is to see nothing of it.
bool is_harmless(mishap m);

// The code that a call fails with; none if it does not fail.
std::error_code code_of(mishap m);

struct wire_plan {
  static constexpr std::uint64_t nowhere = UINT64_MAX;

  // The call number `call` (from 0: reading, writing and waiting together) of end `end`.
  int end = 0;
  std::uint64_t call = nowhere;
  mishap what = mishap::none;

  // The connection is cut as soon as end `cut_writer` has written so many bytes: those arrive,
  // and nothing else from then on, in neither direction.
  int cut_writer = 0;
  std::uint64_t cut_after = nowhere;
};

// What was seen of one end's transport.
struct wire_record {
  std::uint64_t calls = 0;
  std::uint64_t written = 0;  // bytes that arrived, or will
  std::uint64_t lost = 0;     // bytes that were offered when the connection was cut already
  std::uint64_t read = 0;     // of the peer's
  int made = 0, closed = 0, destroyed = 0;
};

class turns {
 public:
  explicit turns(const wire_plan& plan);
  turns(const turns&) = delete;
  turns& operator=(const turns&) = delete;
  ~turns();

  // The transport of end 0 or 1.
  std::unique_ptr<transport> make_transport(int end);

  // Runs the two programs in a thread each and returns when both are done. An exception that leaves
  // a program ends the process.
  void run(const std::function<void()>& first, const std::function<void()>& second);

  // True if both ends waited, and neither had a deadline.
  bool hung() const;
  // Whether the fault that was planned has come to pass.
  bool struck() const;
  // Whether it was writing, or waiting for room.
  bool struck_output() const;
  const wire_record& record(int end) const;

 private:
  struct state;
  class end;
  std::shared_ptr<state> state_;
};

}  // namespace test
}  // namespace iostls
