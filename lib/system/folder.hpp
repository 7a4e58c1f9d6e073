// SPDX-License-Identifier: Apache-2.0
// Folders of files. Paths are in UTF-8 where the system is particular about that.
#pragma once

#include <string>
#include <vector>

namespace iostls {
namespace detail {

// Why its files cannot be found and opened, as an errno; 0 if they can.
int folder_fault(const std::string& path);

// The names in a folder, in no order; none if it cannot be read.
std::vector<std::string> names_in_folder(const std::string& path);

// What separates the folders of a list, for OpenSSL, too.
char folder_separator() noexcept;

}  // namespace detail
}  // namespace iostls
