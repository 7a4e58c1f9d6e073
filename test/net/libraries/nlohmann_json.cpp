// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "library.hpp"

namespace iostls {
namespace test {
namespace {

using nlohmann::json;

json to_json(const content& c) {
  return {{"name", c.name}, {"numbers", c.numbers}, {"pairs", c.pairs}};
}

bool take(const json& from, content& to) {
  from.at("name").get_to(to.name);
  from.at("numbers").get_to(to.numbers);
  from.at("pairs").get_to(to.pairs);
  return true;
}

}  // namespace

const std::vector<library>& libraries() {
  static const std::vector<library> all = {
      {"extraction", [](std::ostream& out, const content& c) { out << to_json(c); },
       [](std::istream& in, content& c) {
         json document;
         in >> document;
         return take(document, c);
       }},
      {"to_the_end", [](std::ostream& out, const content& c) { out << to_json(c).dump(2); },
       [](std::istream& in, content& c) { return take(json::parse(in), c); }},
      {"cbor", [](std::ostream& out, const content& c) { json::to_cbor(to_json(c), out); },
       [](std::istream& in, content& c) { return take(json::from_cbor(in), c); }},
      {"message_pack",
       [](std::ostream& out, const content& c) { json::to_msgpack(to_json(c), out); },
       [](std::istream& in, content& c) { return take(json::from_msgpack(in), c); }},
  };
  return all;
}

}  // namespace test
}  // namespace iostls
