// SPDX-License-Identifier: Apache-2.0
#include "negotiation/alpn.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "openssl/ctx_ex_data.hpp"
#include "openssl/error.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "options/effective_options.hpp"

namespace iostls {
namespace detail {
namespace {

// What a client offers, or what a server chooses from.
struct alpn_choice {
  std::vector<std::string> names;
  std::vector<unsigned char> wire;  // the same, each with its length before it
  bool is_optional = false;
};

[[noreturn]] void refuse_alpn(const std::string& message) {
  throw_option_error(ssl_errc::bad_configuration, "alpn", message);
}

std::vector<unsigned char> wire_format(const std::vector<std::string>& protocols) {
  std::vector<unsigned char> bytes;
  for (const std::string& name : protocols) {
    bytes.push_back(static_cast<unsigned char>(name.size()));
    bytes.insert(bytes.end(), name.begin(), name.end());
  }
  return bytes;
}

std::unique_ptr<alpn_choice> choice_of(const connection_options& base,
                                       const connection_options& own) {
  auto choice = std::make_unique<alpn_choice>();
  const auto& names = effective(base.alpn, own.alpn);
  choice->names = names.value_or(std::vector<std::string>());
  choice->wire = wire_format(choice->names);
  choice->is_optional = value_of<&connection_options::alpn_optional>(false, base, own);
  return choice;
}

const alpn_choice* choice_for(const SSL* ssl) noexcept {
  const alpn_choice* const own = ssl_ex_data<alpn_choice>::get(ssl);
  return own != nullptr ? own : ctx_ex_data<alpn_choice>::get(ssl);
}

// Called for a client that offers a list. OpenSSL has checked that the list is well-formed.
extern "C" int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* size,
                               const unsigned char* offered, unsigned int offered_size,
                               void*) noexcept {
  const alpn_choice* const choice = choice_for(ssl);
  if (choice == nullptr || choice->wire.empty()) return SSL_TLSEXT_ERR_NOACK;
  unsigned char* common = nullptr;
  if (SSL_select_next_proto(&common, size, choice->wire.data(),
                            static_cast<unsigned int>(choice->wire.size()), offered,
                            offered_size) == OPENSSL_NPN_NEGOTIATED) {
    *chosen = common;
    return SSL_TLSEXT_ERR_OK;
  }
  // The alert is no_application_protocol.
  return choice->is_optional ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// These functions return 0 for success, unlike most of OpenSSL's.
int offer(SSL_CTX* ctx, const std::vector<unsigned char>& list) {
  return SSL_CTX_set_alpn_protos(ctx, list.data(), static_cast<unsigned int>(list.size()));
}
int offer(SSL* ssl, const std::vector<unsigned char>& list) {
  return SSL_set_alpn_protos(ssl, list.data(), static_cast<unsigned int>(list.size()));
}

template <class Target>
void offer_protocols(Target* target, const alpn_choice& choice) {
  if (choice.wire.empty()) return;
  if (offer(target, choice.wire) != 0) refuse_alpn("OpenSSL does not accept the list");
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

void apply_alpn(SSL_CTX* ctx, bool is_server, const connection_options& options) {
  auto choice = choice_of({}, options);
  if (is_server) {
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, nullptr);
  } else {
    offer_protocols(ctx, *choice);
  }
  ctx_ex_data<alpn_choice>::put(ctx, std::move(choice));
}

void apply_alpn(SSL* ssl, bool is_server, const connection_options& base,
                const connection_options& own) {
  if (!own.alpn.has_value() && !own.alpn_optional.has_value()) return;
  auto choice = choice_of(base, own);
  if (!is_server) offer_protocols(ssl, *choice);
  ssl_ex_data<alpn_choice>::put(ssl, std::move(*choice));
}

std::string alpn_fault(SSL* ssl) {
  const alpn_choice* const choice = choice_for(ssl);
  if (choice == nullptr || choice->names.empty()) return {};
  const std::vector<std::string>& offered = choice->names;
  const unsigned char* data = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &data, &size);
  if (size == 0) {
    return choice->is_optional ? std::string()
                               : "alpn: the server has chosen none of " + joined(offered);
  }
  const std::string chosen(reinterpret_cast<const char*>(data), size);
  const bool was_offered = std::find(offered.begin(), offered.end(), chosen) != offered.end();
  return was_offered ? std::string() : "alpn: the server has chosen what was not offered";
}

}  // namespace detail
}  // namespace iostls
