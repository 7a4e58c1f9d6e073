// SPDX-License-Identifier: Apache-2.0
// The same loop in the hands of an expert: records are gathered and sent four at a time, OpenSSL reads
// ahead, and its buffers are released when they are empty.
#include <memory>
#include <vector>

#include <openssl/bio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "openssl_loop.hpp"

namespace bench {
namespace {

constexpr std::size_t gathered_records = 4;
constexpr std::size_t record_size = 16 * 1024 + 256;

// A BIO on a descriptor that gathers what is written.
struct gathering {
  explicit gathering(int descriptor) : fd(descriptor) {}

  bool send_all() {
    const char* from = bytes.data();
    std::size_t left = bytes.size();
    while (left != 0) {
      const ssize_t n = ::send(fd, from, left, MSG_NOSIGNAL);
      if (n <= 0) return false;
      from += n;
      left -= static_cast<std::size_t>(n);
    }
    bytes.clear();
    return true;
  }

  int fd;
  std::vector<char> bytes;
};

gathering& of(BIO* bio) { return *static_cast<gathering*>(BIO_get_data(bio)); }

int on_write(BIO* bio, const char* data, std::size_t size, std::size_t* put) {
  gathering& g = of(bio);
  if (g.bytes.capacity() == 0) g.bytes.reserve(gathered_records * record_size);
  g.bytes.insert(g.bytes.end(), data, data + size);
  *put = size;
  const bool full = g.bytes.size() + record_size > gathered_records * record_size;
  return !full || g.send_all() ? 1 : 0;
}

int on_read(BIO* bio, char* data, std::size_t size, std::size_t* got) {
  const ssize_t n = ::recv(of(bio).fd, data, size, 0);
  *got = n > 0 ? static_cast<std::size_t>(n) : 0;
  return n > 0 ? 1 : 0;
}

long on_ctrl(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH && of(bio).send_all() ? 1 : 0;
}

int on_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

int on_destroy(BIO* bio) {
  delete &of(bio);
  return 1;
}

BIO_METHOD* method() {
  static BIO_METHOD* const m = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gathering");
    BIO_meth_set_create(made, on_create);
    BIO_meth_set_destroy(made, on_destroy);
    BIO_meth_set_read_ex(made, on_read);
    BIO_meth_set_write_ex(made, on_write);
    BIO_meth_set_ctrl(made, on_ctrl);
    return made;
  }();
  return m;
}

class tuned_end : public openssl_end {
 public:
  using openssl_end::openssl_end;

  void flush() override {
    BIO* const bio = SSL_get_wbio(native());
    if (BIO_flush(bio) != 1) throw_openssl("flush");
    std::vector<char>().swap(of(bio).bytes);
  }
};

class tuned_peer : public openssl_peer {
 public:
  explicit tuned_peer(const setting& s) : openssl_peer(s) {
    for (SSL_CTX* const c : {server_, client_}) {
      SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
      SSL_CTX_set_read_ahead(c, 1);
      SSL_CTX_set_default_read_buffer_len(c, gathered_records * record_size);
    }
  }

  std::unique_ptr<end> server_end(int fd) override { return attached(new_server(), fd); }
  std::unique_ptr<end> client_end(int fd) override { return attached(new_client(), fd); }

 private:
  static std::unique_ptr<end> attached(SSL* ssl, int fd) {
    BIO* const bio = BIO_new(method());
    BIO_set_data(bio, new gathering(fd));
    SSL_set_bio(ssl, bio, bio);
    return std::make_unique<tuned_end>(ssl, fd);
  }
};

}  // namespace

std::unique_ptr<peer> make_openssl_tuned(const setting& s) {
  return std::make_unique<tuned_peer>(s);
}

}  // namespace bench
