// SPDX-License-Identifier: Apache-2.0
// What a user is told when something is refused, as text: no wording moves without a change of
// refusals.txt, for all to see. With IOSTLS_WRITE_REFUSALS set, that file is written anew.
#include "refusals.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <regex>
#include <sstream>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include "algorithms.hpp"
#include "files.hpp"

namespace iostls {
namespace test {
namespace {

std::string replaced(const std::string& text, const char* pattern, const char* by) {
  return std::regex_replace(text, std::regex(pattern), by);
}

struct errno_words {
  int number;
  const char* words;
};

// The file has the words of glibc for errno; musl's "Address in use" means the same.
std::string with_words_of_glibc(std::string text) {
  const errno_words all[] = {
      {EACCES, "Permission denied"},        {EADDRINUSE, "Address already in use"},
      {ECONNREFUSED, "Connection refused"}, {ECONNRESET, "Connection reset by peer"},
      {EISDIR, "Is a directory"},           {ENAMETOOLONG, "File name too long"},
      {ENOENT, "No such file or directory"}};
  for (const errno_words& e : all) {
    const std::string here = ": " + std::generic_category().message(e.number);
    const std::size_t at = text.find(here);
    if (at != std::string::npos) text.replace(at + 2, here.size() - 2, e.words);
  }
  return text;
}

// Addresses, dates, folders, what is made anew for each run; and OpenSSL's words, which differ from
// version to version, as does whether it has any about a file.
std::string without_chance(std::string text) {
  text = with_words_of_glibc(text);
  text = replaced(text, R"((127\.0\.0\.1|localhost):[0-9]+)", "$1:PORT");
  text = replaced(text, R"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC)", "DATE");
  text = replaced(text, R"("/[^"]*/([^"/]*)\")", "\"DIR/$1\"");
  text = replaced(text, R"(unix:/tmp/[^ ]*/([^/ :]*))", "unix:DIR/$1");
  text = replaced(text, " or the system clock is incorrect", "");  // since OpenSSL 4
  text = replaced(text, R"(sha256//[A-Za-z0-9+/=]{44})", "sha256//KEY");
  text = replaced(text, R"(3 1 1 [0-9a-f]{64})", "3 1 1 DIGEST");
  const bool is_of_connection = std::regex_search(text, std::regex("^iostls: (handshake|read): "));
  return replaced(text, R"( \[[^\]]*, [0-9A-F]{8}\]$)",
                  is_of_connection ? " [OpenSSL's reason]" : "");
}

std::string expected() {
  std::istringstream in(read_file(IOSTLS_REFUSALS));
  std::string line, text;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] != '#') text += line + '\n';
  }
  return text;
}

constexpr const char* head =
    "# SPDX-License-Identifier: Apache-2.0\n"
    "# What a user is told when something is refused. IOSTLS_WRITE_REFUSALS=1 has refusals_test "
    "write\n"
    "# this file anew.\n";

TEST(refusals, read_as_the_file_says) {
  if (only_fips_is_allowed()) GTEST_SKIP() << "FIPS' provider makes no weak keys";
  if (lacks("MD5")) GTEST_SKIP() << "no provider has MD5, which peers that speak TLS 1.1 need";
  catalogue all;
  add_refusals_of_servers(all);
  add_refusals_of_clients(all);
  add_refusals_of_other_peers(all);
  add_refusals_of_options(all);
  add_refusals_of_files(all);
  add_refusals_of_sockets(all);
  add_refusals_of_connections(all);
  if (std::getenv("IOSTLS_WRITE_REFUSALS") != nullptr) {
    write_file(IOSTLS_REFUSALS, head + all.text());
  }
  EXPECT_EQ(all.text(), expected());
}

}  // namespace

void catalogue::add(const std::string& situation, const std::string& text) {
  EXPECT_EQ(text.find_first_of("\r\n\t\x1b"), std::string::npos) << situation;
  EXPECT_LT(text.size(), 2000u) << situation;
  lines_.push_back("\n" + situation + ":\n  " + without_chance(text) + "\n");
}

std::string catalogue::text() const {
  std::string all;
  for (const std::string& line : lines_) all += line;
  return all;
}

}  // namespace test
}  // namespace iostls
