// SPDX-License-Identifier: Apache-2.0
#include <pugixml.hpp>

#include "library.hpp"

namespace iostls {
namespace test {
namespace {

void write(std::ostream& out, const content& c) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("content");
  root.append_attribute("name") = c.name.c_str();
  for (int n : c.numbers) root.append_child("number").text() = n;
  for (const auto& pair : c.pairs) {
    pugi::xml_node node = root.append_child("pair");
    node.append_attribute("key") = pair.first.c_str();
    node.text() = pair.second.c_str();
  }
  document.save(out);
}

bool read(std::istream& in, content& c) {
  pugi::xml_document document;
  if (!document.load(in)) return false;
  const pugi::xml_node root = document.child("content");
  c.name = root.attribute("name").value();
  for (const pugi::xml_node& n : root.children("number")) c.numbers.push_back(n.text().as_int());
  for (const pugi::xml_node& n : root.children("pair")) {
    c.pairs[n.attribute("key").value()] = n.text().get();
  }
  return true;
}

}  // namespace

const std::vector<library>& libraries() {
  static const std::vector<library> all = {{"xml", write, read}};
  return all;
}

}  // namespace test
}  // namespace iostls
