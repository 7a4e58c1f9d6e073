// SPDX-License-Identifier: Apache-2.0
#include "credentials/ocsp_staple.hpp"

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>

#include "base/redacted_path.hpp"
#include "credentials/chosen_credentials.hpp"
#include "credentials/encoded_input.hpp"
#include "credentials/ocsp_response.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "system/file_content.hpp"

namespace iostls {
namespace detail {
namespace {

// The largest response that fits into an extension of TLS 1.3.
constexpr std::size_t largest = 65527;

using staples = std::vector<ocsp_staple>;

// The value of an option, and errors that name it.
struct given_response {
  std::string option;
  std::string name;
  std::string bytes;

  [[noreturn]] void fail(const std::string& reason) const {
    throw_option_error(ssl_errc::bad_credentials, option, name + ": " + reason);
  }
};

given_response read(const std::string& option, const ocsp_source& source) {
  given_response result{option, "the response", {}};
  if (!source.is_path()) {
    result.bytes = source.data();
  } else {
    result.name = "the path";
    if (source.data().find('\0') != std::string::npos) {
      result.fail("has a NUL character in it; bytes go through ocsp_source::from_bytes()");
    }
    result.name = redacted_path(source.data());
    const int fault = read_file(source.data(), result.bytes);
    if (fault != 0) result.fail(errno_text(fault));
  }
  if (result.bytes.empty()) result.fail("is empty");
  if (result.bytes.size() > 2 * largest) result.fail("is too large for an OCSP response");
  return result;
}

// DER begins with the tag of a sequence. Anything else is searched for a PEM block.
std::string der_of(const given_response& source) {
  if (source.bytes[0] == '\x30') return source.bytes;
  const bio_ptr bio(BIO_new_mem_buf(source.bytes.data(), static_cast<int>(source.bytes.size())));
  unsigned char* data = nullptr;
  long size = 0;
  if (bio == nullptr || PEM_bytes_read_bio(&data, &size, nullptr, PEM_STRING_OCSP_RESPONSE,
                                           bio.get(), iostls_no_password, nullptr) != 1) {
    source.fail("is neither DER nor a PEM block \"OCSP RESPONSE\"");
  }
  const std::unique_ptr<unsigned char, void (*)(void*)> owner(data,
                                                              [](void* p) { OPENSSL_free(p); });
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

x509_ptr issuer_of(SSL_CTX* ctx, const given_response& source, const std::vector<x509_ptr>& chain) {
  x509_ptr issuer =
      find_issuer(SSL_CTX_get_cert_store(ctx), chain.front().get(), pointers_to(chain));
  if (issuer == nullptr) {
    source.fail(
        "cannot be checked without the certificate of the issuer: append that to the certificate");
  }
  return issuer;
}

ocsp_staple load(SSL_CTX* ctx, const given_response& source, const std::vector<x509_ptr>& chain) {
  ocsp_staple result;
  X509* const leaf = chain.front().get();
  result.response = der_of(source);
  if (result.response.size() > largest) source.fail("is larger than the 65,527 bytes of TLS");
  const x509_ptr issuer = issuer_of(ctx, source, chain);
  const ocsp_answer answer =
      read_ocsp_response(result.response, leaf, issuer.get(), SSL_CTX_get_security_level(ctx));
  if (answer.result == ocsp_result::invalid) source.fail(answer.words);
  X509_up_ref(leaf);
  result.leaf.reset(leaf);
  result.from = answer.from;
  result.until = answer.until;
  clear_error_queue();
  return result;
}

// Some clients continue without a response, but not with an expired one.
bool is_current_now(const ocsp_staple& staple) noexcept {
  return is_current(staple.from, staple.until, std::time(nullptr), 0);
}

const ocsp_staple* context_staple(const SSL* ssl, const X509* leaf) noexcept {
  const staples* const all = ctx_ex_data<staples>::get(ssl);
  if (all == nullptr) return nullptr;
  const auto found = std::find_if(all->begin(), all->end(), [leaf](const ocsp_staple& each) {
    return is_current_now(each) && X509_cmp(each.leaf.get(), leaf) == 0;
  });
  return found != all->end() ? &*found : nullptr;
}

// Null if there is none that is valid now.
const ocsp_staple* staple_for(SSL* ssl) noexcept {
  const X509* const served = SSL_get_certificate(ssl);
  if (served == nullptr) return nullptr;
  const ocsp_staple* const chosen = chosen_staple(ssl, served);
  if (chosen != nullptr && is_current_now(*chosen)) return chosen;
  return context_staple(ssl, served);
}

// Called when the certificate is chosen, for a client that asks for a response.
extern "C" int staple_response(SSL* ssl, void*) noexcept {
  const ocsp_staple* const found = staple_for(ssl);
  if (found == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const std::string& response = found->response;
  void* const copy = OPENSSL_memdup(response.data(), response.size());
  if (copy == nullptr) return SSL_TLSEXT_ERR_ALERT_FATAL;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size()));
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::optional<ocsp_staple> load_staple(SSL_CTX* ctx, const std::string& option,
                                       const ocsp_source& source,
                                       const std::vector<x509_ptr>& chain) {
  if (source.empty()) return {};
  clear_error_queue();
  return load(ctx, read(option, source), chain);
}

void apply_staples(SSL_CTX* ctx) {
  ctx_ex_data<staples>::put(ctx, std::make_unique<staples>());
  SSL_CTX_set_tlsext_status_cb(ctx, staple_response);
}

void add_staple(SSL_CTX* ctx, const std::string& option, const ocsp_source& source,
                const std::vector<x509_ptr>& chain) {
  std::optional<ocsp_staple> loaded = load_staple(ctx, option, source, chain);
  if (loaded) ctx_ex_data<staples>::get(ctx)->push_back(std::move(*loaded));
}

}  // namespace detail
}  // namespace iostls
