// SPDX-License-Identifier: Apache-2.0
// A getaddrinfo(3) for addresses in numbers and for "localhost". A program that replaces the C library's function
// cannot reach it where it is linked statically.
#pragma once

struct addrinfo;

namespace iostls {
namespace test {

int look_up_numbers(const char* host, const char* service, const addrinfo* hints,
                    addrinfo** result);
void free_numbers(addrinfo* list) noexcept;

}  // namespace test
}  // namespace iostls
