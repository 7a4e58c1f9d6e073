// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include <array>
#include <cstdint>
#include <ctime>
#include <utility>

#include <openssl/evp.h>

#include "error.hpp"
#include "error_queue.hpp"

namespace iostls {
namespace detail {
namespace {

// The bytes of a session: a mark with the number of the form; then, each after its length, the host
// name, the identity, OpenSSL's form of the session, nothing or a mark and the OCSP response (if
// there was one), and certificates up to the end.
constexpr std::array<char, 8> mark{'i', 'o', 's', 't', 'l', 's', '\0', '\2'};
constexpr std::size_t length_size = 4;
constexpr char was_asked = '\1';

[[noreturn]] void fail(const char* what) {
  throw_option_error(ssl_errc::bad_credentials, "session", what);
}

void append(std::string& bytes, const std::string& field) {
  const auto size = static_cast<std::uint32_t>(field.size());
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift & 0xffU);
  bytes += field;
}

template <class T>
std::string encoded(T* object, int (*encode)(T*, unsigned char**)) {
  const int size = encode(object, nullptr);
  if (size <= 0) fail("OpenSSL cannot write it");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  auto* end = reinterpret_cast<unsigned char*>(bytes.data());
  encode(object, &end);
  return bytes;
}

// Null unless all of the bytes are one object.
template <class Ptr, class Decode>
Ptr decoded(const std::string& bytes, Decode decode) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  Ptr object(decode(nullptr, &at, static_cast<long>(bytes.size())));
  if (at != end) object.reset();
  return object;
}

class reader {
 public:
  explicit reader(const std::string& bytes) : bytes_(bytes), at_(mark.size()) {
    if (bytes.compare(0, mark.size(), mark.data(), mark.size()) != 0) {
      fail("these bytes are no session");
    }
  }

  bool more() const noexcept { return at_ != bytes_.size(); }

  std::string field() {
    if (bytes_.size() - at_ < length_size) fail("the bytes end too early");
    std::uint32_t size = 0;
    for (std::size_t i = 0; i != length_size; ++i) {
      size = size << 8U | static_cast<unsigned char>(bytes_[at_++]);
    }
    if (bytes_.size() - at_ < size) fail("the bytes end too early");
    return bytes_.substr(std::exchange(at_, at_ + size), size);
  }

 private:
  const std::string& bytes_;
  std::size_t at_;
};

std::string encoded(const ocsp_evidence& evidence) {
  return evidence ? was_asked + *evidence : std::string();
}

ocsp_evidence decoded_evidence(const std::string& bytes) {
  if (bytes.empty()) return {};
  if (bytes.front() != was_asked) fail("the OCSP response of the session cannot be read");
  return bytes.substr(1);
}

// A client's own sessions have no id context; OpenSSL ends a handshake that resumes one with it.
bool is_client_session(const SSL_SESSION* session) {
  unsigned int id_context_size = 0;
  SSL_SESSION_get0_id_context(session, &id_context_size);
  const int version = SSL_SESSION_get_protocol_version(session);
  return id_context_size == 0 && version >= TLS1_VERSION && version <= TLS1_3_VERSION &&
         SSL_SESSION_get0_cipher(session) != nullptr && SSL_SESSION_is_resumable(session) == 1;
}

session_state::parts parsed(const std::string& bytes) {
  reader from(bytes);
  session_state::parts p;
  p.server_name = from.field();
  p.identity = from.field();
  p.native = decoded<session_ptr>(from.field(), d2i_SSL_SESSION);
  if (p.native == nullptr || !is_client_session(p.native.get())) {
    fail("the session cannot be read");
  }
  p.ocsp = decoded_evidence(from.field());
  while (from.more()) {
    p.chain.push_back(decoded<x509_ptr>(from.field(), d2i_X509));
    if (p.chain.back() == nullptr) fail("a certificate of the session cannot be read");
  }
  return p;
}

std::time_t made_at(const SSL_SESSION* session) noexcept {
#if OPENSSL_VERSION_NUMBER >= 0x30300000L
  return SSL_SESSION_get_time_ex(session);
#else
  return static_cast<std::time_t>(SSL_SESSION_get_time(session));
#endif
}

}  // namespace

bool session_state::is_for_one_use() const noexcept {
  return SSL_SESSION_get_protocol_version(native()) >= TLS1_3_VERSION;
}

bool session_state::is_usable() const noexcept {
  const auto age = std::time(nullptr) - made_at(native());
  return SSL_SESSION_is_resumable(native()) == 1 && age <= SSL_SESSION_get_timeout(native()) &&
         !(used_ && is_for_one_use());
}

std::string identity_of(SSL* ssl) {
  const X509* const own = SSL_get_certificate(ssl);
  if (own == nullptr) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(own, EVP_sha256(), digest.data(), &size) != 1) fail("no SHA-256");
  return {digest.begin(), digest.begin() + size};
}

}  // namespace detail

ssl_session::ssl_session(std::shared_ptr<detail::session_state> state) noexcept
    : state_(std::move(state)) {}

ssl_session::operator bool() const noexcept { return state_ && state_->is_usable(); }

std::string ssl_session::server_name() const {
  return state_ ? state_->server_name() : std::string();
}

std::string ssl_session::protocol() const {
  if (!state_) return {};
  switch (SSL_SESSION_get_protocol_version(state_->native())) {
    case TLS1_VERSION:
      return "TLSv1";
    case TLS1_1_VERSION:
      return "TLSv1.1";
    case TLS1_2_VERSION:
      return "TLSv1.2";
    default:
      return "TLSv1.3";
  }
}

std::string ssl_session::to_bytes() const {
  if (!state_) return {};
  std::string bytes(detail::mark.begin(), detail::mark.end());
  detail::append(bytes, state_->server_name());
  detail::append(bytes, state_->identity());
  detail::append(bytes, detail::encoded<const SSL_SESSION>(state_->native(), i2d_SSL_SESSION));
  detail::append(bytes, detail::encoded(state_->ocsp()));
  for (const detail::x509_ptr& each : state_->chain()) {
    detail::append(bytes, detail::encoded<const X509>(each.get(), i2d_X509));
  }
  return bytes;
}

ssl_session ssl_session::from_bytes(const std::string& bytes) {
  if (bytes.empty()) return {};
  detail::clear_error_queue();
  return ssl_session(std::make_shared<detail::session_state>(detail::parsed(bytes)));
}

}  // namespace iostls
