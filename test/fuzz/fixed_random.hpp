// SPDX-License-Identifier: Apache-2.0
// The same input is to do the same each time, although TLS is made of random numbers.
#pragma once

namespace iostls {
namespace fuzz {

// Has OpenSSL draw all random numbers of this thread from a fixed sequence. To be called before
// OpenSSL draws the first one; false if this OpenSSL cannot do that.
bool fix_random_numbers();

// Begins the sequence anew.
void rewind_random_numbers();

}  // namespace fuzz
}  // namespace iostls
