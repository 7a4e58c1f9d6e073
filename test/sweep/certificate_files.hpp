// SPDX-License-Identifier: Apache-2.0
// A certificate in the forms that options take, as files. All words here are longer than what a string
// holds without memory.
#pragma once

#include <string>

#include "authority.hpp"
#include "files.hpp"

namespace iostls {
namespace test {

constexpr const char* long_name = "a-name-that-is-longer-than-any-small-buffer.example.test";
constexpr const char* long_password = "a password that is longer than any small buffer";
const issued& long_named();

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
