// SPDX-License-Identifier: Apache-2.0
// The files that a context is made of.
#pragma once

#include <string>
#include <vector>

#include <iostls/options.hpp>

namespace iostls {
namespace detail {

enum class file_kind { file, folder };

struct reloaded_file {
  std::string path;
  file_kind kind;
};

// All that the options name and a reload reads again, and the system's authorities if they are trusted. A
// path may be there more than once. Devices are not among them.
std::vector<reloaded_file> reloaded_files_of(bool is_server, const context_options& options);

}  // namespace detail
}  // namespace iostls
