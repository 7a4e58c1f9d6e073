// SPDX-License-Identifier: Apache-2.0
#include <cereal/archives/binary.hpp>
#include <cereal/archives/json.hpp>
#include <cereal/archives/portable_binary.hpp>
#include <cereal/archives/xml.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "library.hpp"

namespace iostls {
namespace test {
namespace {

template <class Archive>
void write(std::ostream& out, const content& c) {
  Archive archive(out);
  archive(c.name, c.numbers, c.pairs);
}

template <class Archive>
bool read(std::istream& in, content& c) {
  Archive archive(in);
  archive(c.name, c.numbers, c.pairs);
  return true;
}

}  // namespace

const std::vector<library>& libraries() {
  using namespace cereal;
  static const std::vector<library> all = {
      {"binary", write<BinaryOutputArchive>, read<BinaryInputArchive>},
      {"portable_binary", write<PortableBinaryOutputArchive>, read<PortableBinaryInputArchive>},
      {"json", write<JSONOutputArchive>, read<JSONInputArchive>},
      {"xml", write<XMLOutputArchive>, read<XMLInputArchive>},
  };
  return all;
}

}  // namespace test
}  // namespace iostls
