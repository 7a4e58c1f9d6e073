// SPDX-License-Identifier: Apache-2.0
#include <rapidjson/document.h>
#include <rapidjson/istreamwrapper.h>
#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include "library.hpp"

namespace iostls {
namespace test {
namespace {

void write(std::ostream& out, const content& c) {
  rapidjson::OStreamWrapper wrapped(out);
  rapidjson::Writer<rapidjson::OStreamWrapper> writer(wrapped);
  writer.StartObject();
  writer.Key("name");
  writer.String(c.name.c_str());
  writer.Key("numbers");
  writer.StartArray();
  for (int n : c.numbers) writer.Int(n);
  writer.EndArray();
  writer.Key("pairs");
  writer.StartObject();
  for (const auto& pair : c.pairs) {
    writer.Key(pair.first.c_str());
    writer.String(pair.second.c_str());
  }
  writer.EndObject();
  writer.EndObject();
}

bool read(std::istream& in, content& c) {
  rapidjson::IStreamWrapper wrapped(in);
  rapidjson::Document document;
  if (document.ParseStream(wrapped).HasParseError()) return false;
  c.name = document["name"].GetString();
  for (const auto& n : document["numbers"].GetArray()) c.numbers.push_back(n.GetInt());
  for (const auto& pair : document["pairs"].GetObject()) {
    c.pairs[pair.name.GetString()] = pair.value.GetString();
  }
  return true;
}

}  // namespace

const std::vector<library>& libraries() {
  static const std::vector<library> all = {{"json", write, read}};
  return all;
}

}  // namespace test
}  // namespace iostls
