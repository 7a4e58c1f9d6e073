// SPDX-License-Identifier: Apache-2.0
#include "trusted_system.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <openssl/x509.h>

#include "authority.hpp"
#include "pem.hpp"

namespace bench {
namespace {

constexpr int authorities = 140;

void write(const std::string& path, const std::string& text) {
  if (!(std::ofstream(path) << text << std::flush))
    throw std::runtime_error("cannot write " + path);
}

std::string hashed_name(const std::string& certificate) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.0",
                X509_subject_name_hash(iostls::test::certificate_from(certificate).get()));
  return name;
}

// Adds it to the folder, and to the text of all.
void add(const iostls::test::authority& one, const std::string& name, const std::string& folder,
         std::string& all) {
  write(folder + '/' + name + ".pem", one.certificate());
  std::filesystem::create_symlink(name + ".pem", folder + '/' + hashed_name(one.certificate()));
  all += one.certificate();
}

}  // namespace

setting trust_system_in(const std::string& folder) {
  const std::string certs = folder + "/certs";
  std::filesystem::create_directory(certs);
  std::string all;
  for (int i = 0; i != authorities; ++i) {
    const std::string name = "Authority " + std::to_string(i);
    add(iostls::test::authority(name), name, certs, all);
  }
  const iostls::test::authority root("Root");
  add(root, "Root", certs, all);
  write(certs + "/ca-certificates.crt", all);
  setenv("SSL_CERT_FILE", (certs + "/ca-certificates.crt").c_str(), 1);
  setenv("SSL_CERT_DIR", certs.c_str(), 1);
  const iostls::test::issued server = root.intermediate().leaf();
  setting s;
  s.certificate = folder + "/chain.pem";
  s.key = folder + "/key.pem";
  write(s.certificate, server.certificate);
  write(s.key, server.key);
  return s;
}

}  // namespace bench
