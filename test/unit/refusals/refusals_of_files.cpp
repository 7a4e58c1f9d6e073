// SPDX-License-Identifier: Apache-2.0
// The catalogue's files that hold no certificate or key, or not in a form that can be used.
#include <memory>
#include <string>
#include <utility>

#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.hpp"
#include "pem.hpp"
#include "refusal_scenes.hpp"
#include "refusals.hpp"

namespace iostls {
namespace test {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Without the lines around it, in one line.
std::string bare(const std::string& pem) {
  const auto from = pem.find('\n') + 1;
  return replaced(pem.substr(from, pem.find("-----END") - from), "\n", "");
}

std::string utf16(const std::string& text) {
  std::string result = "\xff\xfe";
  for (const char c : text) result += {c, '\0'};
  return result;
}

std::string request() {
  const std::shared_ptr<X509_REQ> made(X509_REQ_new(), X509_REQ_free);
  const std::shared_ptr<EVP_PKEY> key = key_from(localhost().key);
  X509_REQ_set_pubkey(made.get(), key.get());
  X509_REQ_sign(made.get(), key.get(), EVP_sha256());
  return written([&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, made.get()); });
}

// Certificates alone, as some authorities send them.
std::string pkcs7() {
  const std::shared_ptr<PKCS7> made(PKCS7_new(), PKCS7_free);
  PKCS7_set_type(made.get(), NID_pkcs7_signed);
  PKCS7_content_new(made.get(), NID_pkcs7_data);
  PKCS7_add_certificate(made.get(), certificate_from(localhost().certificate).get());
  return written([&](BIO* bio) { return PEM_write_bio_PKCS7(bio, made.get()); });
}

std::string der_of(const std::string& pem) {
  return written([&](BIO* bio) { return i2d_X509_bio(bio, certificate_from(pem).get()); });
}

std::string der_of_key(const std::string& pem) {
  return written([&](BIO* bio) { return i2d_PrivateKey_bio(bio, key_from(pem).get()); });
}

std::string public_key() {
  return written(
      [&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key_from(localhost().key).get()); });
}

// By what only OpenSSL's legacy provider decrypts. That what is encrypted is no key does not matter.
std::string key_encrypted_by_des() {
  return "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
         "DES-CBC,0011223344556677\n\n" +
         std::string(64, 'A') + "\n-----END EC PRIVATE KEY-----\n";
}

std::string key_encrypted_by_old_scheme() {
  const std::shared_ptr<X509_SIG> made(X509_SIG_new(), X509_SIG_free);
  X509_ALGOR* algorithm = nullptr;
  ASN1_OCTET_STRING* bytes = nullptr;
  X509_SIG_getm(made.get(), &algorithm, &bytes);
  const std::string noise(64, 'x');
  const auto* const data = reinterpret_cast<const unsigned char*>(noise.data());
  PKCS5_pbe_set0_algor(algorithm, NID_pbeWithMD5AndDES_CBC, 2048, data, 8);
  ASN1_OCTET_STRING_set(bytes, data, static_cast<int>(noise.size()));
  return written([&](BIO* bio) { return PEM_write_bio_PKCS8(bio, made.get()); });
}

// What a server reports about files with such content.
class files {
 public:
  explicit files(catalogue& to) : to_(to) {}

  void certificate(const std::string& situation, const std::string& content) {
    refuse(situation,
           [&](context_options& o) { o.certificate = dir_.write("server.pem", content); });
  }

  void key(const std::string& situation, const std::string& content,
           const password_source& password = {}) {
    refuse(situation, [&](context_options& o) {
      o.certificate_password = password;
      o.key = dir_.write("server.key", content);
    });
  }

  // Of one file for both.
  void both(const std::string& situation, const std::string& content) {
    refuse(situation, [&](context_options& o) {
      o.certificate = dir_.write("server.pem", content);
      o.key = pem_source();
    });
  }

  void authority(const std::string& situation, const std::string& content) {
    refuse(situation, [&](context_options& o) {
      o.verify = verify_mode::optional;
      o.ca_file = dir_.write("ca.pem", content);
    });
  }

  template <class F>
  void refuse(const std::string& situation, F make_wrong) {
    to_.add_thrown(situation, [&] {
      context_options o = server_options();
      make_wrong(o);
      ssl_context::server(o);
    });
  }

  void fifo_at_reload(const std::string& situation) {
    to_.add_thrown(situation, [&] {
      context_options o = server_options();
      const std::string path = dir_.write("later_fifo.pem", localhost().certificate);
      o.certificate = path;
      const ssl_context context = ssl_context::server(o);
      require(::unlink(path.c_str()) == 0 && ::mkfifo(path.c_str(), 0600) == 0, "mkfifo");
      context.reload();
    });
  }

  const temp_dir& folder() const noexcept { return dir_; }

 private:
  catalogue& to_;
  temp_dir dir_;
};

void add_kinds(files& of) {
  const std::string key = localhost().key;
  of.certificate("a key", key);
  of.certificate("a certificate request", request());
  of.certificate("a revocation list", test_authority().crl());
  of.certificate("PKCS#7", pkcs7());
  of.certificate("DER of a key", der_of_key(key));
  of.certificate("HTML", "<html><body>Not found</body></html>\n");
  of.certificate("words", "This is no certificate.\n");
  of.key("a certificate", localhost().certificate);
  of.key("DER of a certificate", der_of(localhost().certificate));
  of.key("a public key", public_key());
  of.key("a key of OpenSSH",
         "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE "
         "KEY-----\n");
  of.key("a key of PuTTY", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n");
  of.key("a public key of SSH", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@example\n");
  of.key("a Java keystore", std::string("\xfe\xed\xfe\xed\0\0\0\2", 8));
  of.both("a certificate alone, for both", localhost().certificate);
  of.authority("a key, for ca_file", key);
}

void add_forms(files& of) {
  const std::string key = localhost().key;
  of.key("with the two characters \\n in the place of line ends", replaced(key, "\n", "\\n"));
  of.key("without line ends", replaced(key, "\n", ""));
  of.key("with carriage returns alone", replaced(key, "\n", "\r"));
  of.key("indented", "  " + replaced(key, "\n", "\n  "));
  of.key("one line of base64", bare(key));
  of.key("UTF-16", utf16(key));
  of.key("cut off", key.substr(0, key.size() / 2));
  of.certificate("cut off, a certificate", localhost().certificate.substr(0, 300));
}

void add_passwords(files& of) {
  const std::string encrypted = to_pem(key_from(localhost().key).get(), "secret");
  of.key("encrypted, and no password", encrypted);
  of.key("encrypted, and a wrong password", encrypted, "wrong");
  of.key("encrypted by DES, and the right password", key_encrypted_by_des(), "secret");
  of.key("encrypted by PKCS#5 1.5 with DES", key_encrypted_by_old_scheme(), "secret");
}

void add_places(files& of) {
  of.refuse("no such file",
            [&](context_options& o) { o.certificate = of.folder() / "nofile.pem"; });
  of.refuse("a URI that no provider knows",
            [&](context_options& o) { o.certificate = "handle:0x81000001"; });
  of.refuse("a folder", [&](context_options& o) { o.certificate = of.folder() / ""; });
  of.fifo_at_reload("a FIFO, when they are read again");
  of.certificate("empty", "");
  of.key("of another certificate", test_authority().leaf().key);
}

}  // namespace

void add_refusals_of_files(catalogue& to) {
  to.heading("files that should hold a server's certificate or key");
  files of(to);
  add_kinds(of);
  add_forms(of);
  add_passwords(of);
  add_places(of);
}

}  // namespace test
}  // namespace iostls
