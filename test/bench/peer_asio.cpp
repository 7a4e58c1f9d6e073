// SPDX-License-Identifier: Apache-2.0
// asio: its tcp::iostream as it comes, and its ssl::stream, which has no iostream, under a streambuf
// of 4 KiB that lets large blocks past.
#include <array>
#include <iostream>
#include <memory>

#include <asio.hpp>
#include <asio/ssl.hpp>

#include "stream_end.hpp"

namespace bench {
namespace {

using asio::ip::tcp;
using tls_stream = asio::ssl::stream<tcp::socket>;

class tls_streambuf : public std::streambuf {
 public:
  explicit tls_streambuf(tls_stream& below) : below_(below) {
    setp(put_.data(), put_.data() + put_.size());
  }

 protected:
  int_type underflow() override {
    asio::error_code failed;
    const std::size_t n = below_.read_some(asio::buffer(get_), failed);
    if (failed == asio::error::eof) return traits_type::eof();
    if (failed) throw std::system_error(failed);
    setg(get_.data(), get_.data(), get_.data() + n);
    return traits_type::to_int_type(*gptr());
  }
  std::streamsize xsgetn(char* data, std::streamsize size) override {
    const std::streamsize had = std::min<std::streamsize>(size, egptr() - gptr());
    std::copy_n(gptr(), had, data);
    gbump(static_cast<int>(had));
    if (size - had < static_cast<std::streamsize>(get_.size())) {
      return had + std::streambuf::xsgetn(data + had, size - had);
    }
    asio::error_code failed;
    const auto rest = static_cast<std::size_t>(size - had);
    const std::size_t n = asio::read(below_, asio::buffer(data + had, rest), failed);
    if (failed && failed != asio::error::eof) throw std::system_error(failed);
    return had + static_cast<std::streamsize>(n);
  }
  int_type overflow(int_type c) override {
    sync();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    if (size < static_cast<std::streamsize>(put_.size())) return std::streambuf::xsputn(data, size);
    sync();
    asio::write(below_, asio::buffer(data, static_cast<std::size_t>(size)));
    return size;
  }
  int sync() override {
    const auto held = static_cast<std::size_t>(pptr() - pbase());
    if (held != 0) asio::write(below_, asio::buffer(pbase(), held));
    setp(pbase(), epptr());
    return 0;
  }

 private:
  tls_stream& below_;
  std::array<char, 4096> get_;
  std::array<char, 4096> put_;
};

class tls_end : public stream_end {
 public:
  tls_end(asio::io_context& io, asio::ssl::context& context, int fd, bool server)
      : below_(io, context),
        buffer_(below_),
        stream_(&buffer_),
        role_(server ? tls_stream::server : tls_stream::client) {
    below_.next_layer().assign(tcp::v4(), fd);
    if (server) return;
    below_.set_verify_callback(asio::ssl::host_name_verification("localhost"));
    SSL_set_tlsext_host_name(below_.native_handle(), "localhost");
  }

  void handshake() override { below_.handshake(role_); }
  // Waits for the peer's close_notify.
  void finish() override {
    flush();
    asio::error_code ignored;
    static_cast<void>(below_.shutdown(ignored));
  }
  std::ostream* out() override { return &stream_; }
  std::istream* in() override { return &stream_; }

 private:
  tls_stream below_;
  tls_streambuf buffer_;
  std::iostream stream_;
  tls_stream::handshake_type role_;
};

class tls_peer : public descriptor_peer {
 public:
  explicit tls_peer(const setting& s)
      : server_(asio::ssl::context::tls_server), client_(asio::ssl::context::tls_client) {
    server_.use_certificate_chain_file(s.certificate);
    server_.use_private_key_file(s.key, asio::ssl::context::pem);
    if (s.authorities.empty()) {
      client_.set_default_verify_paths();
    } else {
      client_.load_verify_file(s.authorities);
    }
    client_.set_verify_mode(asio::ssl::verify_peer);
    for (asio::ssl::context* c : {&server_, &client_}) {
      SSL_CTX_set_ciphersuites(c->native_handle(), s.suite.c_str());
    }
  }

  std::unique_ptr<end> server_end(int fd) override {
    return std::make_unique<tls_end>(io_, server_, fd, true);
  }
  std::unique_ptr<end> client_end(int fd) override {
    return std::make_unique<tls_end>(io_, client_, fd, false);
  }

 private:
  asio::io_context io_;
  asio::ssl::context server_;
  asio::ssl::context client_;
};

class plain_end : public stream_end {
 public:
  explicit plain_end(int fd) { stream_.socket().assign(tcp::v4(), fd); }

  void finish() override {
    flush();
    stream_.socket().shutdown(tcp::socket::shutdown_send);
  }
  std::ostream* out() override { return &stream_; }
  std::istream* in() override { return &stream_; }

 private:
  tcp::iostream stream_;
};

class plain_peer : public descriptor_peer {
 public:
  std::unique_ptr<end> server_end(int fd) override { return std::make_unique<plain_end>(fd); }
  std::unique_ptr<end> client_end(int fd) override { return std::make_unique<plain_end>(fd); }
};

}  // namespace

std::unique_ptr<peer> make_asio_ssl(const setting& s) { return std::make_unique<tls_peer>(s); }
std::unique_ptr<peer> make_asio_plain(const setting& /*s*/) {
  return std::make_unique<plain_peer>();
}

}  // namespace bench
