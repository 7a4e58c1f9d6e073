// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <system_error>

namespace iostls {
namespace test {

temp_dir::temp_dir() {
  namespace fs = std::filesystem;
  std::random_device random;
  fs::path path;
  do {
    path = fs::temp_directory_path() / ("iostls-" + std::to_string(random()));
  } while (!fs::create_directory(path));
  fs::permissions(path, fs::perms::owner_all);
  path_ = path.generic_string();
}

temp_dir::~temp_dir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string temp_dir::write(const std::string& name, const std::string& content) const {
  const std::string path = *this / name;
  write_file(path, content);
  return path;
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary);
  out << content << std::flush;
  if (!out) throw std::runtime_error("cannot write " + path);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace test
}  // namespace iostls
