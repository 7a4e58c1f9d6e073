// SPDX-License-Identifier: Apache-2.0
/// \file
/// Reading a line of limited length.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

#include <iostls/export.hpp>

namespace iostls {

/// Like `std::getline(in, line)`, but for lines of at most `max` characters: std::getline uses as
/// much memory as a peer sends without a line end. If there is no line end within `max` characters,
/// failbit is set, `line` has these characters, and the rest of the line stays unread. Works on any
/// istream; does not change `gcount()`, like std::getline. What comes before a failure, such as a
/// timeout, is in `line`, and no longer in the stream.
IOSTLS_EXPORT std::istream& getline(std::istream& in, std::string& line, std::size_t max);

}  // namespace iostls
