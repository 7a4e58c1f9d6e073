// SPDX-License-Identifier: Apache-2.0
// Files for one test.
#pragma once

#include <string>

namespace iostls {
namespace test {

// A folder of its own, removed with all that is in it.
class temp_dir {
 public:
  temp_dir();
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  ~temp_dir();

  const std::string& path() const noexcept { return path_; }

  // The path of a file in it: `dir / "server.pem"`.
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file in it and returns its path.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

void write_file(const std::string& path, const std::string& content);
std::string read_file(const std::string& path);

}  // namespace test
}  // namespace iostls
