// SPDX-License-Identifier: Apache-2.0
// What the system does with a descriptor, where tests go past the streams. One implementation for each
// system, as of descriptor.hpp: posix/ and windows/.
#pragma once

#include <chrono>
#include <cstddef>

namespace iostls {
namespace test {

bool is_open(int fd);

// Whether the end of the connection, a FIN or a reset, is there within the time.
bool wait_hung_up(int fd, std::chrono::milliseconds limit = std::chrono::seconds(10));

// Has each piece of output sent without waiting for more. Of no effect on what is not TCP.
void send_at_once(int fd);

// What arrives next; 0 at the end, -1 and errno if that failed.
std::ptrdiff_t receive_some(int fd, char* data, std::size_t size);
// Whether something has arrived, which is then still there; waits for it, or for the end.
bool peek_byte(int fd);

// Ends the output, or both directions of a descriptor that another thread may be using: in order, or by
// a reset.
void end_output(int fd);
void end_both(int fd, bool reset);

}  // namespace test
}  // namespace iostls
