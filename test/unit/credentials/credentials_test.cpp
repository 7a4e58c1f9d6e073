// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <iostls/ssl_context.hpp>

#include "algorithms.hpp"
#include "context/context.hpp"
#include "descriptor.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "pem.hpp"
#include "process.hpp"
#include "terminal.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

// A key as PKCS#8, encrypted with a password of any bytes.
std::string encrypted_key(const std::string& key, const std::string& password) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_from(key).get(), EVP_aes_128_cbc(),
                                        password.data(), static_cast<int>(password.size()), nullptr,
                                        nullptr) == 1,
          "PEM_write_bio_PKCS8PrivateKey");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// The same in the traditional form, with the encryption in the PEM header.
std::string traditional_key(const std::string& key, const std::string& password) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  require(PEM_write_bio_PrivateKey_traditional(
              bio.get(), key_from(key).get(), EVP_aes_128_cbc(),
              reinterpret_cast<const unsigned char*>(password.data()),
              static_cast<int>(password.size()), nullptr, nullptr) == 1,
          "PEM_write_bio_PrivateKey_traditional");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

context_options with(const pem_source& certificate, const pem_source& key,
                     const password_source& password = {}) {
  context_options o;
  o.certificate = certificate;
  o.key = key;
  o.certificate_password = password;
  return o;
}

ssl_error refusal(const context_options& o) {
  return thrown_by([&] { ssl_context::server(o); });
}

void expect_refused(const context_options& o, const std::string& option,
                    const std::vector<std::string>& words) {
  const ssl_error e = refusal(o);
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials) << e.what();
  EXPECT_EQ(e.operation(), option) << e.what();
  for (const std::string& word : words) EXPECT_TRUE(mentions(e, word)) << word << ": " << e.what();
}

class credentials : public testing::Test {
 protected:
  const std::string certificate_ = localhost().certificate;
  const std::string key_ = localhost().key;
  const temp_dir dir_;
  const std::string certificate_path_ = dir_.write("server.pem", certificate_);
  const std::string key_path_ = dir_.write("server.key", key_);
};

TEST_F(credentials, are_read_from_files_and_from_memory) {
  EXPECT_NO_THROW(ssl_context::server(with(certificate_path_, key_path_)));
  EXPECT_NO_THROW(ssl_context::server(with(pem_text(certificate_), key_path_)));
  EXPECT_NO_THROW(ssl_context::server(with(certificate_path_, pem_text(key_))));
  EXPECT_NO_THROW(ssl_context::client(with(certificate_path_, key_path_)));
}

TEST_F(credentials, may_be_in_one_file_in_any_order) {
  EXPECT_NO_THROW(ssl_context::server(with(dir_.write("a", certificate_ + key_), {})));
  EXPECT_NO_THROW(ssl_context::server(with(pem_text(key_ + certificate_), {})));
  EXPECT_NO_THROW(ssl_context::server(with(pem_text("a remark\r\n" + key_ + certificate_), {})));
}

TEST_F(credentials, may_come_out_of_a_pipe) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const descriptor reader(ends[0]);
  descriptor writer(ends[1]);
  const std::string both = certificate_ + key_;
  ASSERT_EQ(::write(writer.get(), both.data(), both.size()), static_cast<ssize_t>(both.size()));
  writer.reset();
  EXPECT_NO_THROW(
      ssl_context::server(with("/dev/fd/" + std::to_string(reader.get()), pem_source())));
}

TEST_F(credentials, may_be_large) {
  const std::string padding(300 * 1024, '\n');
  EXPECT_NO_THROW(
      ssl_context::server(with(dir_.write("large", padding + certificate_ + padding + key_), {})));
}

TEST_F(credentials, bring_their_chain) {
  const issued leaf = test_authority().intermediate("A").intermediate("B").leaf();
  const ssl_context context =
      ssl_context::server(with(pem_text(leaf.certificate), pem_text(leaf.key)));
  STACK_OF(X509)* chain = nullptr;
  ASSERT_EQ(SSL_CTX_get0_chain_certs(context.state()->get(), &chain), 1);
  EXPECT_EQ(sk_X509_num(chain), 2);
}

TEST_F(credentials, of_a_client_may_be_missing) { EXPECT_NO_THROW(ssl_context::client()); }

TEST_F(credentials, of_a_client_need_a_certificate_with_the_key) {
  const ssl_error e = thrown_by([&] { ssl_context::client(with({}, key_path_)); });
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
  EXPECT_EQ(e.operation(), "certificate");
}

TEST_F(credentials, that_cannot_be_read_are_named) {
  const std::string missing = dir_ / "missing.pem";
  const std::string empty = dir_.write("empty.pem", "");
  const std::string words = dir_.write("words.pem", "no PEM at all\n -----BEGIN CERTIFICATE-----");
  struct row {
    std::string path, reason;
  };
  for (const row& r :
       {row{missing, "No such file"}, row{dir_.path(), "Is a directory"}, row{empty, "is empty"},
        row{words, "no PEM block"}, row{certificate_path_ + "/x", "Not a directory"},
        row{std::string("a\0b", 3), "NUL"}}) {
    expect_refused(with(r.path, key_path_), "certificate", {"certificate", r.reason});
    expect_refused(with(certificate_path_, r.path), "key", {"key", r.reason});
    if (r.path.find('\0') == std::string::npos) {
      expect_refused(with(r.path, key_path_), "certificate", {'"' + r.path + '"'});
    }
  }
}

TEST_F(credentials, that_may_not_be_read_are_named) {
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(key_path_.c_str(), 0), 0);
  const context_options o = with(certificate_path_, key_path_);
  // To root, nothing is forbidden.
  const child_result r = run_in_child([&] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return 1;
    const ssl_error e = refusal(o);
    if (e.code() != ssl_errc::bad_credentials || e.operation() != "key") return 2;
    return mentions(e, "Permission denied") && mentions(e, key_path_) ? 0 : 3;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

TEST_F(credentials, that_were_swapped_are_told_apart) {
  expect_refused(with(key_path_, certificate_path_), "certificate",
                 {key_path_, "holds no certificate", "PRIVATE KEY"});
  expect_refused(with(certificate_path_, certificate_path_), "key",
                 {certificate_path_, "holds no private key", "CERTIFICATE"});
  expect_refused(with(certificate_path_, {}), "certificate",
                 {certificate_path_, "holds no private key"});
}

TEST_F(credentials, that_are_broken_are_named) {
  std::string broken = certificate_;
  broken.replace(broken.size() / 2, 8, "########");
  expect_refused(with(pem_text(broken), key_path_), "certificate", {"cannot be read"});
  expect_refused(with(pem_text(certificate_.substr(0, 300)), key_path_), "certificate", {});
  broken = key_;
  broken.replace(broken.size() / 2, 8, "########");
  expect_refused(with(certificate_path_, pem_text(broken)), "key", {"cannot be read"});
  // A chain is not cut short where it is broken.
  expect_refused(with(pem_text(certificate_ + "-----BEGIN CERTIFICATE-----\nMIIB\n"
                                              "-----END CERTIFICATE-----\n"),
                      key_path_),
                 "certificate", {"number 2"});
}

TEST_F(credentials, given_as_a_path_by_mistake_are_not_printed) {
  context_options o = with(certificate_path_, key_);
  expect_refused(o, "key", {"pem_text"});
  EXPECT_FALSE(mentions(refusal(o), key_.substr(40, 20)));
  EXPECT_FALSE(mentions(refusal(o), "BEGIN"));
  o = with(certificate_, key_path_);
  expect_refused(o, "certificate", {"pem_text"});
}

TEST_F(credentials, that_do_not_belong_together_are_refused) {
  const issued other = test_authority().leaf();
  expect_refused(with(certificate_path_, pem_text(other.key)), "key",
                 {"does not belong", certificate_path_});
  expect_refused(with(pem_text(other.certificate), key_path_), "key", {"does not belong"});
  expect_refused(with(pem_text(other.certificate + key_), {}), "certificate", {"does not belong"});
  leaf_options rsa;
  rsa.key = key_type::rsa2048;
  expect_refused(with(pem_text(test_authority().leaf(rsa).certificate), key_path_), "key",
                 {"does not belong"});
}

TEST_F(credentials, that_are_weak_are_refused_with_openssls_reason) {
  if (only_fips_is_allowed()) GTEST_SKIP() << "FIPS' provider makes no weak keys";
  leaf_options weak;
  weak.key = key_type::rsa1024;
  const issued leaf = test_authority().leaf(weak);
  const ssl_error e = refusal(with(pem_text(leaf.certificate), pem_text(leaf.key)));
  EXPECT_EQ(e.operation(), "certificate");
  ASSERT_FALSE(e.strings().empty()) << e.what();
  EXPECT_EQ(e.strings().size(), e.codes().size());
  EXPECT_EQ(e.strings()[0], "ee key too small");
}

TEST_F(credentials, may_be_weak_if_the_security_level_says_so) {
  if (only_fips_is_allowed()) GTEST_SKIP() << "FIPS' provider makes no weak keys";
  leaf_options weak;
  weak.key = key_type::rsa1024;
  const issued leaf = test_authority().leaf(weak);
  context_options o = with(pem_text(leaf.certificate), pem_text(leaf.key));
  o.ciphers = "HIGH:@SECLEVEL=0";
  EXPECT_NO_THROW(ssl_context::server(o));
}

class password : public credentials {
 protected:
  ssl_error refusal_with(const password_source& given) {
    return refusal(with(certificate_path_, encrypted_path_, given));
  }

  const std::string encrypted_path_ =
      dir_.write("encrypted.key", encrypted_key(localhost().key, "secret"));
};

TEST_F(password, opens_the_key) {
  if (lacks("MD5")) GTEST_SKIP() << "no provider has MD5, which keys in the old form need";
  EXPECT_NO_THROW(ssl_context::server(with(certificate_path_, encrypted_path_, "secret")));
  EXPECT_NO_THROW(ssl_context::server(
      with(certificate_path_, pem_text(traditional_key(key_, "secret")), "secret")));
  EXPECT_NO_THROW(ssl_context::server(
      with(pem_text(encrypted_key(key_, "secret") + certificate_), {}, "secret")));
}

TEST_F(password, is_named_if_it_is_missing) {
  const ssl_error e = refusal_with({});
  EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
  EXPECT_EQ(e.operation(), "certificate_password");
  EXPECT_TRUE(mentions(e, encrypted_path_)) << e.what();
  EXPECT_TRUE(mentions(e, "is encrypted and no password is given")) << e.what();
}

TEST_F(password, is_named_if_it_is_wrong) {
  if (lacks("MD5")) GTEST_SKIP() << "no provider has MD5, which keys in the old form need";
  for (const std::string wrong : {"Secret", "", "secret ", "secre"}) {
    const ssl_error e = refusal_with(wrong);
    EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
    EXPECT_EQ(e.operation(), "certificate_password");
    EXPECT_TRUE(mentions(e, "does not open")) << e.what();
    EXPECT_TRUE(mentions(e, encrypted_path_)) << e.what();
    EXPECT_FALSE(mentions(e, "secre")) << e.what();
  }
  const ssl_error e =
      refusal(with(certificate_path_, pem_text(traditional_key(key_, "secret")), "wrong"));
  EXPECT_EQ(e.operation(), "certificate_password");
}

TEST_F(password, may_have_up_to_1023_bytes) {
  if (lacks("MD5")) GTEST_SKIP() << "no provider has MD5, which keys in the old form need";
  const std::string longest(1023, 'p');
  EXPECT_NO_THROW(ssl_context::server(
      with(certificate_path_, pem_text(encrypted_key(key_, longest)), longest)));
  EXPECT_NO_THROW(ssl_context::server(
      with(certificate_path_, pem_text(traditional_key(key_, longest)), longest)));
  for (const std::size_t size : {1024U, 1025U, 100000U}) {
    const std::string given(size, 'p');
    const std::string made(std::min<std::size_t>(size, 1024), 'p');
    const ssl_error e =
        refusal(with(certificate_path_, pem_text(encrypted_key(key_, made)), given));
    EXPECT_EQ(e.code(), ssl_errc::bad_credentials);
    EXPECT_EQ(e.operation(), "certificate_password");
    EXPECT_TRUE(mentions(e, "1,023")) << e.what();
  }
}

TEST_F(password, may_have_a_nul_in_it) {
  const std::string given("sec\0ret", 7);
  const std::string key = encrypted_key(key_, given);
  EXPECT_NO_THROW(ssl_context::server(with(certificate_path_, pem_text(key), given)));
  expect_refused(with(certificate_path_, pem_text(key), "sec"), "certificate_password", {});
}

TEST_F(password, is_asked_for_once_and_only_if_the_key_is_encrypted) {
  if (lacks("MD5")) GTEST_SKIP() << "no provider has MD5, which keys in the old form need";
  int calls = 0;
  const auto ask = [&calls] {
    ++calls;
    return std::string("secret");
  };
  ssl_context::server(with(certificate_path_, key_path_, ask));
  EXPECT_EQ(calls, 0);
  ssl_context::server(with(certificate_path_, encrypted_path_, ask));
  EXPECT_EQ(calls, 1);
  ssl_context::server(with(certificate_path_, pem_text(traditional_key(key_, "secret")), ask));
  EXPECT_EQ(calls, 2);
  const pem_text other(encrypted_key(key_, "not this one"));
  EXPECT_EQ(refusal(with(certificate_path_, other, ask)).operation(), "certificate_password");
  EXPECT_EQ(calls, 3);
}

TEST_F(password, function_may_throw_anything) {
  const auto fails = []() -> std::string { throw std::runtime_error("the vault is shut"); };
  const auto fails_oddly = []() -> std::string { throw 42; };
  try {
    ssl_context::server(with(certificate_path_, encrypted_path_, fails));
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "the vault is shut");
  }
  EXPECT_THROW(ssl_context::server(with(certificate_path_, encrypted_path_, fails_oddly)), int);
}

// OpenSSL's own callback asks at the terminal, and, if there is none, takes a line of standard
// input.
TEST_F(password, is_never_asked_for_at_standard_input) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const descriptor reader(ends[0]);
  descriptor writer(ends[1]);
  const std::string input = "secret\nsecond line\n";
  ASSERT_TRUE(::write(writer.get(), input.data(), input.size()) > 0);
  writer.reset();
  const context_options o = with(certificate_path_, encrypted_path_);
  const child_result r = run_in_child([&] {
    if (::setsid() < 0 || ::dup2(reader.get(), STDIN_FILENO) < 0) return 1;
    const ssl_error e = refusal(o);
    if (e.operation() != "certificate_password") return 2;
    char seen[64] = {};
    const ssize_t size = ::read(STDIN_FILENO, seen, sizeof seen - 1);
    return size > 0 && input == seen ? 0 : 3;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

// The same with a controlling terminal: nothing is written to it.
TEST_F(password, is_never_asked_for_at_a_terminal) {
  if (!has_terminals()) GTEST_SKIP() << no_terminals;
  const descriptor terminal(::posix_openpt(O_RDWR | O_NOCTTY));
  ASSERT_TRUE(terminal);
  ASSERT_EQ(::grantpt(terminal.get()), 0);
  ASSERT_EQ(::unlockpt(terminal.get()), 0);
  const std::string name = ::ptsname(terminal.get());
  const descriptor kept(::open(name.c_str(), O_RDWR | O_NOCTTY));
  ASSERT_TRUE(kept);
  const context_options o = with(certificate_path_, encrypted_path_);
  const child_result r = run_in_child([&] {
    if (::setsid() < 0) return 1;
    if (::open(name.c_str(), O_RDWR) < 0) return 2;  // which makes it the controlling one
    const int tty = ::open("/dev/tty", O_RDWR);      // as OpenSSL would
    if (tty < 0 || ::write(tty, "!", 1) != 1) return 3;
    return refusal(o).operation() == "certificate_password" ? 0 : 4;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
  char shown[64] = {};
  ASSERT_TRUE(wait_readable(terminal.get()));
  ASSERT_GT(::read(terminal.get(), shown, sizeof shown - 1), 0);
  EXPECT_STREQ(shown, "!");
}

TEST_F(password, is_not_asked_for_by_what_a_program_does_with_the_native_context) {
  const ssl_context context = ssl_context::server(with(certificate_path_, key_path_));
  const descriptor input(::open(dir_.write("input", "secret\n").c_str(), O_RDONLY));
  const child_result r = run_in_child([&] {
    if (::setsid() < 0 || ::dup2(input.get(), STDIN_FILENO) < 0) return 1;
    const int used = SSL_CTX_use_PrivateKey_file(context.state()->get(), encrypted_path_.c_str(),
                                                 SSL_FILETYPE_PEM);
    return used == 1 ? 2 : 0;
  });
  EXPECT_EQ(r, (child_result{0, 0}));
}

}  // namespace
}  // namespace test
}  // namespace iostls
