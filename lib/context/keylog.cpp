// SPDX-License-Identifier: Apache-2.0
#include "context/keylog.hpp"

#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <openssl/crypto.h>

#include "base/redacted_path.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "system/secret_log.hpp"

namespace iostls {
namespace detail {
namespace {

class keylog {
 public:
  explicit keylog(const std::string& path) : file_(path) {}
  std::string fault() const { return file_.fault(); }

  // A connection must not fail because its log cannot be written.
  void write_line(const char* text) noexcept {
    const std::size_t size = std::strlen(text) + 1;
    const std::unique_ptr<char[]> line(new (std::nothrow) char[size]);
    if (line == nullptr) return;
    std::memcpy(line.get(), text, size - 1);
    line[size - 1] = '\n';
    file_.append(line.get(), size);
    OPENSSL_cleanse(line.get(), size);
  }

 private:
  secret_log file_;
};

extern "C" void log_key(const SSL* ssl, const char* line) noexcept {
  keylog* const log = ctx_ex_data<keylog>::get(ssl);
  if (log != nullptr) log->write_line(line);
}

[[noreturn]] void refuse_keylog(const std::string& name, const std::string& reason) {
  throw_option_error(ssl_errc::bad_configuration, "keylog_file", name + ": " + reason);
}

}  // namespace

void apply_keylog(SSL_CTX* ctx, const std::string& path) {
  if (path.empty()) return;
  if (path.find('\0') != std::string::npos) refuse_keylog("the path", "has a NUL character in it");
  auto log = std::make_unique<keylog>(path);
  const std::string fault = log->fault();
  if (!fault.empty()) refuse_keylog(redacted_path(path), fault);
  ctx_ex_data<keylog>::put(ctx, std::move(log));
  SSL_CTX_set_keylog_callback(ctx, log_key);
}

}  // namespace detail
}  // namespace iostls
