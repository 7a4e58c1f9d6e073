// SPDX-License-Identifier: Apache-2.0
#include "tls_peer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "pem.hpp"
#include "socket_calls.hpp"
#include "without_sigpipe.hpp"

namespace iostls {
namespace test {
namespace {

void use_certificate(SSL_CTX* ctx, const peer_options& options) {
  if (options.certificate.empty()) return;
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
      BIO_new_mem_buf(options.certificate.data(), static_cast<int>(options.certificate.size())),
      BIO_free_all);
  X509* x509 = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
  require(x509 != nullptr && SSL_CTX_use_certificate(ctx, x509) == 1, "peer's certificate");
  X509_free(x509);
  while ((x509 = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) != nullptr) {
    require(SSL_CTX_add0_chain_cert(ctx, x509) == 1, "peer's chain");
  }
  ERR_clear_error();  // the end of the text is an error to PEM_read_bio_X509
  require(SSL_CTX_use_PrivateKey(ctx, key_from(options.key).get()) == 1, "peer's key");
}

void use_authorities(SSL_CTX* ctx, const std::string& pem) {
  if (pem.empty()) return;
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  while (X509* const x509 = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x509);
    SSL_CTX_add_client_CA(ctx, x509);
    X509_free(x509);
  }
  ERR_clear_error();
}

std::string alpn_list(const std::vector<std::string>& protocols) {
  std::string list;
  for (const std::string& p : protocols) list += static_cast<char>(p.size()) + p;
  return list;
}

// `wanted` is the list of alpn_list, owned by the context.
int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                unsigned int in_size, void* wanted) {
  const auto& list = *static_cast<const std::string*>(wanted);
  const int found = SSL_select_next_proto(const_cast<unsigned char**>(out), out_size,
                                          reinterpret_cast<const unsigned char*>(list.data()),
                                          static_cast<unsigned int>(list.size()), in, in_size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void use_alpn(SSL_CTX* ctx, const peer_options& options, std::string& list) {
  if (list.empty()) return;
  if (options.server) {
    SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, &list);
  } else {
    SSL_CTX_set_alpn_protos(ctx, reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned int>(list.size()));
  }
}

std::string words(int why, int number) {
  std::string text = "SSL_get_error " + std::to_string(why);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) text += ": timed out";
  if (why == SSL_ERROR_SYSCALL) text += std::string(": ") + std::strerror(number);
  while (const unsigned long code = ERR_get_error()) {
    const char* const reason = ERR_reason_error_string(code);
    text += std::string(": ") + (reason != nullptr ? reason : "?");
  }
  return text;
}

}  // namespace

std::shared_ptr<SSL_CTX> make_peer_context(const peer_options& options) {
  // The list for ALPN must live as long as the context, which is captured beside it.
  const auto list = std::make_shared<std::string>(alpn_list(options.alpn));
  const std::shared_ptr<SSL_CTX> ctx(
      SSL_CTX_new(options.server ? TLS_server_method() : TLS_client_method()),
      [list](SSL_CTX* p) { SSL_CTX_free(p); });
  require(ctx != nullptr, "SSL_CTX_new");
  SSL_CTX_set_options(ctx.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_min_proto_version(ctx.get(), options.min_version);
  SSL_CTX_set_max_proto_version(ctx.get(), options.max_version);
  SSL_CTX_set_verify(ctx.get(), options.verify, nullptr);
  const unsigned char id[] = "peer";
  SSL_CTX_set_session_id_context(ctx.get(), id, sizeof id);
  use_certificate(ctx.get(), options);
  use_authorities(ctx.get(), options.ca);
  use_alpn(ctx.get(), options, *list);
  if (options.tune) options.tune(ctx.get());
  return ctx;
}

tls_peer::tls_peer(descriptor fd, const peer_options& options)
    : tls_peer(std::move(fd), options, make_peer_context(options)) {}

tls_peer::tls_peer(descriptor fd, const peer_options& options,
                   const std::shared_ptr<SSL_CTX>& context)
    : fd_(std::move(fd)), context_(context), ssl_(SSL_new(context.get()), SSL_free) {
  require(ssl_ != nullptr && SSL_set_fd(ssl_.get(), fd_.get()) == 1, "SSL_set_fd");
  if (options.server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
    if (!options.server_name.empty()) {
      SSL_set_tlsext_host_name(ssl_.get(), options.server_name.c_str());
    }
  }
  set_timeouts(fd_.get(), std::chrono::seconds(10));
  // What was written before a reset must not be waiting for an acknowledgement then.
  send_at_once(fd_.get());
}

bool tls_peer::succeeded(int result) {
  if (result == 1) return true;
  const int number = errno;
  const int why = SSL_get_error(ssl_.get(), result);
  end_ = why == SSL_ERROR_ZERO_RETURN ? peer_end::close_notify : peer_end::failed;
  error_ = words(why, number);
  return false;
}

bool tls_peer::handshake() {
  const without_sigpipe guard;
  ERR_clear_error();
  return succeeded(SSL_do_handshake(ssl_.get()));
}

std::string tls_peer::read_some(std::size_t size) {
  std::string data(std::min<std::size_t>(size, 16384), '\0');
  std::size_t n = 0;
  if (end_ == peer_end::none) {
    const without_sigpipe guard;
    ERR_clear_error();
    if (!succeeded(SSL_read_ex(ssl_.get(), &data[0], data.size(), &n))) n = 0;
  }
  data.resize(n);
  return data;
}

std::string tls_peer::read_exactly(std::size_t size) {
  std::string data;
  while (data.size() < size) {
    const std::string part = read_some(size - data.size());
    if (part.empty()) break;
    data += part;
  }
  return data;
}

std::string tls_peer::read_line() {
  std::string line;
  for (;;) {
    const std::string c = read_some(1);
    if (c.empty() || c == "\n") return line;
    line += c;
  }
}

bool tls_peer::write(const std::string& data) {
  const without_sigpipe guard;
  ERR_clear_error();
  std::size_t n = 0;
  const peer_end before = end_;  // writing does not change how the input ends
  const bool ok = succeeded(SSL_write_ex(ssl_.get(), data.data(), data.size(), &n));
  end_ = before;
  return ok && n == data.size();
}

bool tls_peer::close_notify() {
  const without_sigpipe guard;
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_.get());
  ERR_clear_error();
  return result >= 0;
}

void tls_peer::half_close() { end_output(fd_.get()); }

void tls_peer::reset() { reset_connection(std::move(fd_)); }

bool tls_peer::sees_close_notify() {
  while (!read_some().empty()) {
  }
  return end_ == peer_end::close_notify;
}

bool tls_peer::sees_fin() {
  char byte;
  return receive_some(fd_.get(), &byte, 1) == 0;
}

}  // namespace test
}  // namespace iostls
