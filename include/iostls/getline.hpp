// SPDX-License-Identifier: Apache-2.0
/// \file
/// Lines of strangers, who need not end them.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

#include <iostls/export.hpp>

namespace iostls {

/// As `std::getline(in, line)`, but for lines of at most `max` characters: std::getline takes as much
/// memory as a peer cares to send without a line end. After `max` characters without one, failbit is
/// set, `line` has them, and the rest of the line stays unread. Works on any istream; changes
/// `gcount()` as little as std::getline does. What comes before a failure, such as a time-out, is in
/// `line`, and no longer in the stream.
IOSTLS_EXPORT std::istream& getline(std::istream& in, std::string& line, std::size_t max);

}  // namespace iostls
