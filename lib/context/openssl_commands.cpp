// SPDX-License-Identifier: Apache-2.0
#include "context/openssl_commands.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/escape.hpp"
#include "base/redacted_path.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "system/file_content.hpp"

namespace iostls {
namespace detail {
namespace {

using conf_ptr = openssl_ptr<SSL_CONF_CTX, SSL_CONF_CTX_free>;
using command = std::pair<std::string, std::string>;

// A value may be the path of a key, or by mistake the key itself.
std::string shown_value(const std::string& value) {
  return may_be_a_key(value) ? "a value that is not shown, since it may be a key"
                             : '"' + escaped_text(value) + '"';
}

[[noreturn]] void refuse_command(const command& c, const std::string& reason) {
  if (may_be_a_key(c.second)) clear_error_queue();  // OpenSSL's errors quote it, too
  throw_option_error(ssl_errc::bad_configuration, "openssl_commands",
                     '"' + escaped_text(c.first) + "\" = " + shown_value(c.second) + ": " + reason);
}

// Whether a line that begins here is "Proc-Type: 4,ENCRYPTED", with blanks as OpenSSL accepts them.
bool says_encrypted(const std::string& pem, std::size_t at) {
  const auto skip_blanks = [&] { at = std::min(pem.find_first_not_of(" \t", at), pem.size()); };
  at += std::strlen("Proc-Type:");
  skip_blanks();
  if (pem.compare(at, 2, "4,") != 0) return false;
  at += 2;
  skip_blanks();
  return pem.compare(at, std::strlen("ENCRYPTED"), "ENCRYPTED") == 0;
}

// OpenSSL asks the context for passwords of keys, but the terminal for those of certificates and parameters,
// which RFC 1421 allows to be encrypted.
bool would_ask_at_terminal(const std::string& path) {
  std::string pem;
  const wiper afterwards(pem);
  if (read_regular_file(path, pem) != 0) return false;
  for (std::size_t at = 0; (at = pem.find("Proc-Type:", at)) != std::string::npos; ++at) {
    const std::size_t begin = pem.rfind("-----BEGIN ", at);
    if (begin == std::string::npos || !says_encrypted(pem, at)) continue;
    const std::string label = pem.substr(begin, pem.find('\n', begin) - begin);
    if (label.find("PRIVATE KEY-----") == std::string::npos) return true;
  }
  return false;
}

void run(SSL_CONF_CTX* conf, const command& c) {
  if ((c.first + c.second).find('\0') != std::string::npos) {
    refuse_command(c, "has a NUL character in it");
  }
  const bool names_file = SSL_CONF_cmd_value_type(conf, c.first.c_str()) == SSL_CONF_TYPE_FILE;
  if (names_file && would_ask_at_terminal(c.second)) refuse_command(c, "the file is encrypted");
  const int result = SSL_CONF_cmd(conf, c.first.c_str(), c.second.c_str());
  if (result > 0) return;
  refuse_command(c, result == -2 ? "OpenSSL does not know the command here"
                                 : "OpenSSL does not accept the value");
}

}  // namespace

void apply_openssl_commands(SSL_CTX* ctx, bool is_server, const std::vector<command>& commands) {
  if (commands.empty()) return;
  clear_error_queue();
  const conf_ptr conf(SSL_CONF_CTX_new());
  if (conf == nullptr) throw make_error(system_code(ENOMEM), "context");
  SSL_CONF_CTX_set_flags(conf.get(), SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CERTIFICATE |
                                         SSL_CONF_FLAG_SHOW_ERRORS |
                                         (is_server ? SSL_CONF_FLAG_SERVER : SSL_CONF_FLAG_CLIENT));
  SSL_CONF_CTX_set_ssl_ctx(conf.get(), ctx);
  for (const command& c : commands) run(conf.get(), c);
  if (SSL_CONF_CTX_finish(conf.get()) != 1) {
    throw_option_error(ssl_errc::bad_configuration, "openssl_commands",
                       "OpenSSL does not accept the commands together");
  }
  clear_error_queue();
}

}  // namespace detail
}  // namespace iostls
