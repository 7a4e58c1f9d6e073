// SPDX-License-Identifier: Apache-2.0
#include <yaml-cpp/yaml.h>

#include "library.hpp"

namespace iostls {
namespace test {
namespace {

void write(std::ostream& out, const content& c) {
  YAML::Node document;
  document["name"] = c.name;
  document["numbers"] = c.numbers;
  document["pairs"] = c.pairs;
  out << document;
}

bool read(std::istream& in, content& c) {
  const YAML::Node document = YAML::Load(in);
  c.name = document["name"].as<std::string>();
  c.numbers = document["numbers"].as<std::vector<int>>();
  c.pairs = document["pairs"].as<std::map<std::string, std::string>>();
  return true;
}

}  // namespace

const std::vector<library>& libraries() {
  static const std::vector<library> all = {{"yaml", write, read}};
  return all;
}

}  // namespace test
}  // namespace iostls
