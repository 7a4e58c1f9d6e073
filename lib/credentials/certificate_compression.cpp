// SPDX-License-Identifier: Apache-2.0
#include "credentials/certificate_compression.hpp"

#include <memory>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/opensslv.h>

#include "base/listed_name.hpp"
#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"

namespace iostls {
namespace detail {
namespace {

[[noreturn]] void refuse_algorithm(const std::string& name) {
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  const std::string reason = "this OpenSSL was built without it; ";
#else
  const std::string reason =
      "certificates are compressed by OpenSSL 3.2 and later, and this library was "
      "built for " OPENSSL_VERSION_STR "; ";
#endif
  throw_option_error(ssl_errc::bad_configuration, "certificate_compression",
                     '"' + name + "\": " + reason + "with \"?" + name + "\", it is left out");
}

// Of a context; none is never stored.
struct algorithm_list {
  std::vector<int> all;
};

bool set_algorithms(SSL_CTX* ctx, const std::vector<int>& algorithms) noexcept {
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  // The size is that in elements, although the manual calls it that in bytes.
  return SSL_CTX_set1_cert_comp_preference(ctx, const_cast<int*>(algorithms.data()),
                                           algorithms.size()) == 1;
#else
  static_cast<void>(ctx);
  return algorithms.empty();
#endif
}

std::vector<int> available(SSL_CTX* ctx, const std::vector<std::string>& names) {
  std::vector<int> result;
  for (const std::string& text : names) {
    const listed_name each(text);
    const int number = compression_number(each.name);
    if (set_algorithms(ctx, {number})) {
      result.push_back(number);
    } else if (!each.is_optional) {
      refuse_algorithm(each.name);
    }
  }
  return result;
}

}  // namespace

int compression_number(const std::string& name) noexcept {
  if (name == "zlib") return 1;
  if (name == "brotli") return 2;
  return name == "zstd" ? 3 : 0;
}

void apply_certificate_compression(SSL_CTX* ctx, const setting<std::vector<std::string>>& names) {
  if (!names.has_value()) return;
  auto algorithms = std::make_unique<algorithm_list>(algorithm_list{available(ctx, names.value())});
  if (algorithms->all.empty() || !set_algorithms(ctx, algorithms->all)) return;
  SSL_CTX_clear_options(ctx, no_certificate_compression);
  ctx_ex_data<algorithm_list>::put(ctx, std::move(algorithms));
}

void compress_certificate(SSL_CTX* ctx) noexcept {
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  if (ctx_ex_data<algorithm_list>::get(ctx) == nullptr) return;
  // A certificate that does not become smaller is sent as it is.
  static_cast<void>(SSL_CTX_compress_certs(ctx, 0));
  clear_error_queue();
#else
  static_cast<void>(ctx);
#endif
}

std::vector<compressed_certificate> compressed_certificates(SSL* trial) {
  std::vector<compressed_certificate> result;
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  const algorithm_list* const algorithms = ctx_ex_data<algorithm_list>::get(trial);
  if (algorithms == nullptr) return result;
  for (const int each : algorithms->all) {
    unsigned char* data = nullptr;
    std::size_t original = 0;
    const std::size_t size = SSL_get1_compressed_cert(trial, each, &data, &original);
    const std::unique_ptr<unsigned char, void (*)(void*)> owner(data,
                                                                [](void* p) { OPENSSL_free(p); });
    if (size != 0 && size < original) result.push_back({each, original, {data, data + size}});
  }
  clear_error_queue();
#else
  static_cast<void>(trial);
#endif
  return result;
}

bool use_compressed(SSL* ssl, const std::vector<compressed_certificate>& all) noexcept {
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  for (const compressed_certificate& each : all) {
    auto* const data = const_cast<unsigned char*>(each.data.data());
    if (SSL_set1_compressed_cert(ssl, each.algorithm, data, each.data.size(), each.original_size) !=
        1) {
      return false;
    }
  }
  return true;
#else
  static_cast<void>(ssl);
  return all.empty();
#endif
}

}  // namespace detail
}  // namespace iostls
