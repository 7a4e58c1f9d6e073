// SPDX-License-Identifier: Apache-2.0
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/map.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

#include "library.hpp"

namespace iostls {
namespace test {
namespace {

template <class Archive>
void write(std::ostream& out, const content& c) {
  Archive archive(out);
  archive << c;
}

template <class Archive>
bool read(std::istream& in, content& c) {
  Archive archive(in);
  archive >> c;
  return true;
}

}  // namespace

const std::vector<library>& libraries() {
  using namespace boost::archive;
  static const std::vector<library> all = {
      {"text", write<text_oarchive>, read<text_iarchive>, false},
      {"binary", write<binary_oarchive>, read<binary_iarchive>},
  };
  return all;
}

}  // namespace test
}  // namespace iostls
