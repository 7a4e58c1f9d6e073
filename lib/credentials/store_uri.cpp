// SPDX-License-Identifier: Apache-2.0
#include "credentials/store_uri.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/ui.h>

#include "base/escape.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

using ui_method_ptr = openssl_ptr<UI_METHOD, UI_destroy_method>;

using store_loader_ptr = openssl_ptr<OSSL_STORE_LOADER, OSSL_STORE_LOADER_free>;

bool has_loader(const std::string& scheme) {
  const error_queue_mark quiet;
  return store_loader_ptr(OSSL_STORE_LOADER_fetch(nullptr, scheme.c_str(), nullptr)) != nullptr;
}

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool may_be_in_scheme(char c) noexcept {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

// OpenSSL's errors quote the URI, including the PIN.
void hide_query(const std::string& uri) {
  const std::size_t from = uri.find('?');
  if (from == std::string::npos) return;
  const std::string query = uri.substr(from);
  std::vector<std::pair<unsigned long, std::string>> errors;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    std::string text = (flags & ERR_TXT_STRING) != 0 ? data : "";
    for (auto at = text.find(query); at != std::string::npos; at = text.find(query)) {
      text.erase(at, query.size());
    }
    errors.emplace_back(code, text);
  }
  for (const auto& [code, text] : errors) {
    ERR_new();
    ERR_set_error(ERR_GET_LIB(code), ERR_GET_REASON(code), "%s", text.c_str());  // NOLINT: vararg
  }
}

// Keeps the first key, and all certificates.
void keep(const OSSL_STORE_INFO* info, credential_parts& parts) {
  switch (OSSL_STORE_INFO_get_type(info)) {
    case OSSL_STORE_INFO_PKEY:
      if (parts.key == nullptr) parts.key.reset(OSSL_STORE_INFO_get1_PKEY(info));
      break;
    case OSSL_STORE_INFO_CERT:
      parts.certificates.push_back(x509_ptr(OSSL_STORE_INFO_get1_CERT(info)));
      break;
    default:
      break;
  }
}

}  // namespace

std::string uri_scheme(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon < 2 || !is_letter(text[0])) return {};
  std::string scheme = text.substr(0, colon);
  if (!std::all_of(scheme.begin(), scheme.end(), may_be_in_scheme)) return {};
  return lower_case(std::move(scheme));
}

// "file" and "pkcs11" are URIs without a provider, too: its absence is what an error has to name.
bool is_store_uri(const pem_source& source) {
  if (source.is_text()) return false;
  const std::string scheme = uri_scheme(source.data());
  return scheme == "file" || scheme == "pkcs11" || (!scheme.empty() && has_loader(scheme));
}

std::string path_of_store_uri(const std::string& uri) {
  if (uri_scheme(uri) != "file") return {};
  if (uri.compare(5, 2, "//") != 0) return uri.substr(5);
  const std::size_t path = uri.find('/', 7);
  return path != std::string::npos ? uri.substr(path) : std::string();
}

std::string without_query(const std::string& uri) { return uri.substr(0, uri.find('?')); }

std::string shown_uri(const std::string& uri) {
  return '"' + escaped_text(without_query(uri)) + '"';
}

credential_parts read_store(const std::string& option, const std::string& uri,
                            password_callback& password) {
  const auto fail = [&](const std::string& reason) {
    password.rethrow();
    hide_query(uri);
    password.explain(shown_uri(uri));
    throw_option_error(ssl_errc::bad_credentials, option, shown_uri(uri) + ": " + reason);
  };
  if (uri.find('\0') != std::string::npos) fail("has a NUL character in it");
  clear_error_queue();
  const ui_method_ptr ui(UI_UTIL_wrap_read_pem_callback(iostls_answer_password, 0));
  if (ui == nullptr) fail("out of memory");
  const open_store_ptr store(OSSL_STORE_open(uri.c_str(), ui.get(), &password, nullptr, nullptr));
  if (store == nullptr) {
    fail(uri_scheme(uri) == "file" ? "OpenSSL cannot open it"
                                   : "OpenSSL cannot open it; has it a provider for such URIs?");
  }
  credential_parts parts;
  while (OSSL_STORE_eof(store.get()) == 0) {
    // At the end there is nothing more to load. That is not an error, although OSSL_STORE_error()
    // is set.
    const store_info_ptr info(OSSL_STORE_load(store.get()));
    if (info != nullptr) keep(info.get(), parts);
    if (info == nullptr && ERR_peek_error() != 0) fail("OpenSSL cannot read it");
  }
  if (parts.key == nullptr) {
    password.rethrow();
    password.explain(shown_uri(uri));
  }
  clear_error_queue();
  const EVP_PKEY* const key = parts.key.get();
  std::vector<x509_ptr> chain = in_order_of_issue(std::move(parts.certificates), key);
  parts.certificates = std::move(chain);
  return parts;
}

}  // namespace detail
}  // namespace iostls
