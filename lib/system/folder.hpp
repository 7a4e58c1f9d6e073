// SPDX-License-Identifier: Apache-2.0
// Folders of files. Paths are in UTF-8 where the system is particular about that.
#pragma once

#include <string>
#include <vector>

namespace iostls {
namespace detail {

// Why the files of a folder cannot be found and opened, as an errno; 0 if they can.
int folder_fault(const std::string& path);

// The names in a folder, in no order; none if it cannot be read.
std::vector<std::string> names_in_folder(const std::string& path);

// The separator between folders in a list, also for OpenSSL.
char folder_separator() noexcept;

}  // namespace detail
}  // namespace iostls
