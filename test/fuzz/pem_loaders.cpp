// SPDX-License-Identifier: Apache-2.0
// Certificates, keys, authorities and revocation lists, in PEM: they are loaded, or refused by an
// ssl_error that has the reason, and nothing else happens. Credentials are made when the fuzzer starts.
//
// Input: which option, and which object to start from; then edits of the object's DER encoding, or
// for no object, the PEM text.
#include <iostls/certificate.hpp>
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "credential_fuzzing.hpp"
#include "fixture.hpp"
#include "fuzz_input.hpp"
#include "pem.hpp"

namespace iostls {
namespace fuzz {
namespace {

const std::vector<std::string>& objects() {
  static const std::vector<std::string> made = [] {
    const test::authority root, middle = root.intermediate();
    test::leaf_options encrypted;
    encrypted.password = "password";
    const test::issued leaf = middle.leaf();
    return std::vector<std::string>{leaf.certificate,
                                    leaf.key,
                                    middle.certificate(),
                                    root.crl({leaf.certificate}),
                                    middle.crl({leaf.certificate}),
                                    middle.leaf(encrypted).key,
                                    leaf.both()};
  }();
  return made;
}

// One block after the other, the first of them edited.
std::string edited(const std::string& pem, fuzz_input& input) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
  char *name = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  while (PEM_read_bio(in.get(), &name, &header, &data, &size) == 1) {
    std::string der(reinterpret_cast<char*>(data), static_cast<std::size_t>(size));
    edit_some(der, input);
    PEM_write_bio(out.get(), name, header, reinterpret_cast<const unsigned char*>(der.data()),
                  static_cast<long>(der.size()));
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
  }
  ERR_clear_error();
  const char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(length));
}

std::string make_pem(fuzz_input& input) {
  const std::size_t which = input.byte() % (objects().size() + 1);
  return which == objects().size() ? input.rest() : edited(objects()[which], input);
}

context_options make_options(unsigned which, const std::string& pem) {
  context_options options = which % 2 == 0 ? test::server_options() : test::client_options();
  options.certificate_password = "password";
  switch (which / 2) {
    case 0:
      options.certificate = pem_text(pem);
      options.key = pem_source();
      break;
    case 1:
      options.certificate = pem_text(objects()[0]);
      options.key = pem_text(pem);
      break;
    case 2:
      options.ca_certificates = pem_text(pem);
      break;
    default:
      options.crl_file = pem_text(pem);
  }
  return options;
}

void load(unsigned which, const std::string& pem) {
  const context_options options = make_options(which, pem);
  expect_made_or_refused(
      [&] { which % 2 == 0 ? ssl_context::server(options) : ssl_context::client(options); });
}

void look_at(const std::string& pem) {
  try {
    const auto c = certificate::from_pem(pem);
    std::ostringstream text;
    text << c << c.serial();
    for (const std::string& name : c.subject_alt_names()) c.matches(name);
    expect(certificate::from_pem(c.pem()).fingerprint_sha256() == c.fingerprint_sha256(),
           "a certificate is the same after writing and reading");
  } catch (const ssl_error& e) {
    expect(e.code() == ssl_errc::bad_credentials, e.what());
  }
  expect_no_openssl_error();
}

}  // namespace

void prepare() { objects(); }

void run(fuzz_input input) {
  const unsigned which = input.byte() % 8;
  const std::string pem = make_pem(input);
  load(which, pem);
  look_at(pem);
}

}  // namespace fuzz
}  // namespace iostls
