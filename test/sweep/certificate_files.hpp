// SPDX-License-Identifier: Apache-2.0
// A certificate in the forms that options take, as files.
#pragma once

#include <string>

#include "files.hpp"
#include "long_names.hpp"

namespace iostls {
namespace test {

// The pin of a certificate's key, as options want it.
std::string pin_for(const std::string& certificate);

// Of `long_named`: "leaf.der", "encrypted.pem" and "leaf.p12" (the key; both; `long_password`), "ca.pem" and
// "folder" (the authority).
class file_collection {
 public:
  file_collection();
  std::string path(const std::string& name) const { return folder_ / name; }

 private:
  temp_dir folder_;
};
const file_collection& certificate_files();

}  // namespace test
}  // namespace iostls
