// SPDX-License-Identifier: Apache-2.0
/// \file
/// Reading a line of limited length.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

#include <iostls/export.hpp>

namespace iostls {

/// As `std::getline(in, line)`, but for lines of at most `max` characters: std::getline takes as much
/// memory as a peer sends without a line end. After `max` characters without one, failbit is set,
/// `line` has them, and the rest of the line stays unread. Works on any istream; does not change
/// `gcount()`, as std::getline does not. What comes before a failure, such as a time-out, is in
/// `line`, and no longer in the stream.
IOSTLS_EXPORT std::istream& getline(std::istream& in, std::string& line, std::size_t max);

}  // namespace iostls
