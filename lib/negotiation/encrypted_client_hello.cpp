// SPDX-License-Identifier: Apache-2.0
#include "negotiation/encrypted_client_hello.hpp"

#include <cerrno>
#include <ctime>
#include <memory>
#include <ostream>
#include <utility>

#include <openssl/opensslv.h>

#include "base/escape.hpp"
#include "negotiation/ech_config_list.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "options/effective_options.hpp"
#include "transport/host_name.hpp"

namespace iostls {
namespace detail {
namespace {

#ifdef OPENSSL_NO_ECH
constexpr const char* missing_ech = "this one was built without it";
#else
constexpr const char* missing_ech = "this library was built for " OPENSSL_VERSION_STR;
#endif

constexpr const char* list_option = "ech_config";
constexpr const char* grease_option = "ech_grease";

// Of a connection that has to use ECH.
struct ech_attempt {
  std::string public_name;   // of the configuration that is used
  bool is_rejected = false;  // known once the certificate is judged
  bool is_proven = false;    // that the server has the public name
};

using attempt_slot = ssl_ex_data<ech_attempt>;

[[noreturn]] void refuse_ech(const char* option, const std::string& why) {
  throw_option_error(ssl_errc::bad_configuration, option, why);
}

void require_ech(const char* option, const tls_method& method) {
  if (!has_ech) {
    refuse_ech(option,
               std::string("Encrypted Client Hello (RFC 9849) needs OpenSSL 4.0 or later, and ") +
                   missing_ech);
  }
  if (method.max < tls_version::tls1_3) {
    refuse_ech(option, "Encrypted Client Hello needs TLS 1.3, and method does not allow it");
  }
}

#if OPENSSL_VERSION_NUMBER >= 0x40000000L && !defined(OPENSSL_NO_ECH)

using ech_store_ptr = openssl_ptr<OSSL_ECHSTORE, OSSL_ECHSTORE_free>;

struct free_ech_memory {
  void operator()(void* memory) const noexcept { OPENSSL_free(memory); }
};
template <class T>
using ech_memory_ptr = std::unique_ptr<T, free_ech_memory>;

struct chosen_config {
  ech_store_ptr store;  // has no other
  std::string public_name;
};

// Null if OpenSSL cannot use it.
ech_store_ptr ech_store_of(const std::string& list) {
  const bio_ptr in(BIO_new_mem_buf(list.data(), static_cast<int>(list.size())));
  ech_store_ptr store(OSSL_ECHSTORE_new(nullptr, nullptr));
  if (in == nullptr || store == nullptr) throw make_error(system_code(ENOMEM), list_option);
  int count = 0;
  const bool is_read = OSSL_ECHSTORE_read_echconfiglist(store.get(), in.get()) == 1 &&
                       OSSL_ECHSTORE_num_entries(store.get(), &count) == 1 && count == 1;
  return is_read ? std::move(store) : nullptr;
}

std::string public_name_of(OSSL_ECHSTORE* store) {
  std::time_t loaded = 0;
  char* name = nullptr;
  char* text = nullptr;
  int has_private = 0;
  int is_for_retry = 0;
  const int found =
      OSSL_ECHSTORE_get1_info(store, 0, &loaded, &name, &text, &has_private, &is_for_retry);
  const ech_memory_ptr<char> name_owner(name);
  const ech_memory_ptr<char> text_owner(text);
  return found == 1 && name != nullptr ? name : "";
}

// A configuration whose public name cannot be verified is to be passed over (RFC 9849, 4).
bool has_usable_name(const std::string& public_name) {
  const host_name name(public_name);
  return !public_name.empty() && name.fault.empty() && !name.is_address;
}

chosen_config first_usable_config(const std::string& list) {
  clear_error_queue();
  const auto configs = ech_configs(list);
  if (!configs) refuse_ech(list_option, "is no ECHConfigList (RFC 9849, 4), in binary or base 64");
  for (const std::string& each : *configs) {
    ech_store_ptr store = ech_store_of(each);
    if (store == nullptr) continue;
    std::string name = public_name_of(store.get());
    if (has_usable_name(name)) return {std::move(store), std::move(name)};
  }
  refuse_ech(list_option,
             "has no configuration that this OpenSSL supports, with a host for its public name");
}

void check_ech_list(const std::string& list) {
  first_usable_config(list);
  clear_error_queue();  // left by configurations that are passed over
}

// The versions that the outer hello offers are visible; a server that picks an older one has not understood
// the inner hello, and would be shown a client certificate in plaintext.
void use_ech_list(SSL* ssl, const std::string& list) {
  chosen_config chosen = first_usable_config(list);
  if (SSL_set1_echstore(ssl, chosen.store.get()) != 1 ||
      SSL_set_min_proto_version(ssl, TLS1_3_VERSION) != 1) {
    refuse_ech(list_option, "OpenSSL does not accept the configuration");
  }
  attempt_slot::put(ssl, std::move(chosen.public_name));
  clear_error_queue();
}

void use_ech_grease(SSL* ssl) noexcept { SSL_set_options(ssl, SSL_OP_ECH_GREASE); }

int ech_status_of(SSL* ssl) noexcept {
  const error_queue_mark quiet;
  char* inner = nullptr;
  char* outer = nullptr;
  const int status = SSL_ech_get1_status(ssl, &inner, &outer);
  const ech_memory_ptr<char> inner_owner(inner);
  const ech_memory_ptr<char> outer_owner(outer);
  return status;
}

bool is_ech_accepted(SSL* ssl) noexcept {
  const int status = ech_status_of(ssl);
  return status == SSL_ECH_STATUS_SUCCESS || status == SSL_ECH_STATUS_BAD_NAME;
}

bool is_ech_grease(SSL* ssl) noexcept {
  const int status = ech_status_of(ssl);
  return status == SSL_ECH_STATUS_GREASE || status == SSL_ECH_STATUS_GREASE_ECH;
}

bool has_ech_failed(SSL* ssl) noexcept {
  const int status = ech_status_of(ssl);
  return status == SSL_ECH_STATUS_FAILED || status == SSL_ECH_STATUS_FAILED_ECH ||
         status == SSL_ECH_STATUS_FAILED_ECH_BAD_NAME;
}

std::string ech_retry_configs_of(SSL* ssl) {
  const error_queue_mark quiet;
  unsigned char* data = nullptr;
  std::size_t size = 0;
  const int found = SSL_ech_get1_retry_config(ssl, &data, &size);
  const ech_memory_ptr<unsigned char> owner(data);
  return found == 1 && data != nullptr ? std::string(data, data + size) : std::string();
}

#else

void check_ech_list(const std::string&) {}
void use_ech_list(SSL*, const std::string&) {}
void use_ech_grease(SSL*) noexcept {}
bool is_ech_accepted(SSL*) noexcept { return false; }
bool is_ech_grease(SSL*) noexcept { return false; }
bool has_ech_failed(SSL*) noexcept { return false; }
std::string ech_retry_configs_of(SSL*) { return {}; }

#endif

}  // namespace

void check_ech(const connection_options& options) {
  const tls_method method = value_of<&connection_options::method>(false, options);
  const std::string list = options.ech_config.value_or("");
  if (!list.empty()) {
    require_ech(list_option, method);
    check_ech_list(list);
  }
  if (value_of<&connection_options::ech_grease>(false, options)) require_ech(grease_option, method);
}

void apply_ech(SSL* ssl, const connection_options& base, const connection_options& own) {
  const tls_method method = value_of<&connection_options::method>(false, base, own);
  const std::string list = effective(base.ech_config, own.ech_config).value_or("");
  if (!list.empty()) {
    require_ech(list_option, method);
    use_ech_list(ssl, list);
  } else if (value_of<&connection_options::ech_grease>(false, base, own)) {
    require_ech(grease_option, method);
    use_ech_grease(ssl);
  }
}

ech_result ech_result_of(SSL* ssl) noexcept {
  if (SSL_is_server(ssl) == 1) return ech_result::not_offered;
  if (rejecting_public_name(ssl) != nullptr) return ech_result::rejected;
  if (is_ech_accepted(ssl)) return ech_result::accepted;
  return is_ech_grease(ssl) ? ech_result::grease : ech_result::not_offered;
}

const std::string* public_name_to_prove(SSL* ssl) noexcept {
  ech_attempt* const attempt = attempt_slot::get(ssl);
  if (attempt == nullptr || !has_ech_failed(ssl)) return nullptr;
  attempt->is_rejected = true;
  return &attempt->public_name;
}

const std::string* rejecting_public_name(const SSL* ssl) noexcept {
  const ech_attempt* const attempt = attempt_slot::get(ssl);
  return attempt != nullptr && attempt->is_rejected ? &attempt->public_name : nullptr;
}

void note_proven_public_name(SSL* ssl) noexcept {
  if (ech_attempt* const attempt = attempt_slot::get(ssl)) attempt->is_proven = true;
}

std::string ech_retry_configs(SSL* ssl) {
  const ech_attempt* const attempt = attempt_slot::get(ssl);
  return attempt != nullptr && attempt->is_proven ? ech_retry_configs_of(ssl) : std::string();
}

std::string ech_rejection_words(SSL* ssl) {
  const ech_attempt* const attempt = attempt_slot::get(ssl);
  if (attempt == nullptr) return {};
  const std::string name = '"' + escaped_text(attempt->public_name) + '"';
  if (!attempt->is_proven) {
    return "the server does not accept ech_config, and has not proved to be " + name +
           ", its public name, so that whatever it offers instead is ignored";
  }
  const std::size_t size = ech_retry_configs(ssl).size();
  const std::string server = "the server, which is " + name + ", does not accept ech_config";
  if (size == 0) return server + ", and offers no other: it has switched ECH off";
  return server + ", and offers another, of " + std::to_string(size) +
         " bytes: connect again with what ech_retry_configs() returns";
}

std::string ech_fault(SSL* ssl) {
  if (attempt_slot::get(ssl) == nullptr || is_ech_accepted(ssl)) return {};
  return "the server has not accepted ech_config, and OpenSSL has continued";
}

}  // namespace detail

std::ostream& operator<<(std::ostream& out, ech_result result) {
  switch (result) {
    case ech_result::not_offered:
      return out << "not offered";
    case ech_result::grease:
      return out << "grease";
    case ech_result::accepted:
      return out << "accepted";
    case ech_result::rejected:
      return out << "rejected";
  }
  return out << "unknown";
}

}  // namespace iostls
