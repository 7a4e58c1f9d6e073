// SPDX-License-Identifier: Apache-2.0
// The same loop with the checks and the care that a stream of iostls takes for each connection: a client that
// resumes a session verifies the server's chain and name with the trust of now, and an end is closed
// once the other one has ended, too, so that no output is lost. Tickets, SNI and the verification of full
// handshakes are those of the loop.
#include <memory>

#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include "openssl_loop.hpp"

namespace bench {
namespace {

class fair_end : public openssl_end {
 public:
  using openssl_end::openssl_end;
  ~fair_end() override {
    char rest[256];
    while (::recv(fd(), rest, sizeof rest, 0) > 0) continue;
  }
};

bool prepare(X509_STORE_CTX* context, SSL* ssl, const SSL_SESSION* session,
             STACK_OF(X509) * chain) {
  X509_STORE* const store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
  X509* const leaf = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(session));
  return X509_STORE_CTX_init(context, store, leaf, chain) == 1 &&
         X509_STORE_CTX_set_default(context, "ssl_server") == 1 &&
         X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(context), SSL_get0_param(ssl)) == 1;
}

// Throws unless the server of the session is trusted now.
void verify_again(SSL* ssl, const SSL_SESSION* session, STACK_OF(X509) * chain) {
  X509_STORE_CTX* const context = X509_STORE_CTX_new();
  const bool verified = prepare(context, ssl, session, chain) && X509_verify_cert(context) == 1;
  X509_STORE_CTX_free(context);
  if (!verified) throw_openssl("verifying a session");
}

class fair_peer : public openssl_peer {
 public:
  using openssl_peer::openssl_peer;
  ~fair_peer() override { sk_X509_pop_free(chain_, X509_free); }

  std::unique_ptr<end> server_end(int fd) override { return attached(new_server(), fd); }
  std::unique_ptr<end> client_end(int fd) override {
    SSL* const ssl = new_client();
    if (session() != nullptr) verify_again(ssl, session(), chain_);
    return attached(ssl, fd);
  }
  void resume(end& finished) override {
    SSL* const ssl = static_cast<openssl_end&>(finished).native();
    if (SSL_session_reused(ssl) == 0) {
      sk_X509_pop_free(chain_, X509_free);
      chain_ = X509_chain_up_ref(SSL_get_peer_cert_chain(ssl));
    }
    openssl_peer::resume(finished);
  }

 private:
  static std::unique_ptr<end> attached(SSL* ssl, int fd) {
    auto e = std::make_unique<fair_end>(ssl, fd);
    SSL_set_fd(ssl, fd);
    return e;
  }

  STACK_OF(X509) * chain_ = nullptr;
};

}  // namespace

std::unique_ptr<peer> make_openssl_fair(const setting& s) { return std::make_unique<fair_peer>(s); }

}  // namespace bench
