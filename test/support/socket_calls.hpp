// SPDX-License-Identifier: Apache-2.0
// What the system does with a descriptor, where tests go past the streams. One implementation for each
// system, as of descriptor.hpp: posix/ and windows/.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "descriptor.hpp"

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

// How many bytes have arrived that nobody has received; -1 if that failed.
int unread_bytes(int fd);

// Ends the output, or both directions of a descriptor that another thread may be using: in order, or by
// a reset.
void end_output(int fd);
void end_both(int fd, bool reset);
// Takes no more of what arrives.
void end_input(int fd);

// As much as the system is to hold for a peer that does not take it.
void set_send_buffer(int fd, int size);

// The flags of fcntl(2), and O_NONBLOCK among them. Winsock can be asked for neither.
int flags_of(int fd);
void make_non_blocking(int fd);

// Another descriptor of the same socket.
descriptor duplicate(int fd);
// An open descriptor of something else that has this number; of none if the number is not free.
descriptor stranger_at(int number);
// What is written to `b` is read from `a`. Windows has none that a stream could take.
descriptor_pair pipe_pair();

// Calls the function while the process may have no new descriptor. Windows has no such limit.
void without_descriptors(const std::function<void()>& call);

// A connection to a port of 127.0.0.1 that is on its way, without waiting for it.
descriptor connecting_to(unsigned short port);

}  // namespace test
}  // namespace iostls
