// SPDX-License-Identifier: Apache-2.0
#include "resumption/session.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <utility>

#include <openssl/evp.h>

#include "base/length_prefixed.hpp"
#include "credentials/certificate_selection.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "options/value_faults.hpp"
#include "resumption/session_creation_time.hpp"

namespace iostls {
namespace detail {
namespace {

// The bytes of a session: a mark with the version of the format; then, each after its length, the
// host name, the identity, the rules, the time of the full handshake, OpenSSL's form of the
// session, either nothing or a mark and the OCSP response (if there was one), and certificates up
// to the end.
constexpr std::array<char, 8> session_mark{'i', 'o', 's', 't', 'l', 's', '\0', '\3'};
constexpr char was_asked = '\1';

[[noreturn]] void refuse_session(const char* what) {
  throw_option_error(ssl_errc::bad_credentials, "session", what);
}

template <class T>
std::string encoded(T* object, int (*encode)(T*, unsigned char**)) {
  std::string bytes = to_der(object, encode);
  if (bytes.empty()) refuse_session("OpenSSL cannot write it");
  return bytes;
}

class session_reader {
 public:
  explicit session_reader(const std::string& bytes) : fields_(bytes, session_mark.size()) {
    if (bytes.compare(0, session_mark.size(), session_mark.data(), session_mark.size()) != 0) {
      refuse_session("these bytes are no session");
    }
  }

  bool more() const noexcept { return fields_.more(); }

  std::string field() {
    std::string next;
    if (!fields_.next(next)) refuse_session("the bytes end too early");
    return next;
  }

 private:
  field_reader fields_;
};

std::string encoded(const ocsp_evidence& evidence) {
  return evidence ? was_asked + *evidence : std::string();
}

ocsp_evidence decoded_evidence(const std::string& bytes) {
  if (bytes.empty()) return {};
  if (bytes.front() != was_asked) refuse_session("the OCSP response of the session cannot be read");
  return bytes.substr(1);
}

// A client's own sessions have no id context; OpenSSL ends a handshake that resumes a session with
// one.
bool is_client_session(const SSL_SESSION* session) {
  unsigned int id_context_size = 0;
  SSL_SESSION_get0_id_context(session, &id_context_size);
  const int version = SSL_SESSION_get_protocol_version(session);
  return id_context_size == 0 && version >= TLS1_VERSION && version <= TLS1_3_VERSION &&
         SSL_SESSION_get0_cipher(session) != nullptr && SSL_SESSION_is_resumable(session) == 1;
}

utc_seconds number_in(const std::string& text) {
  utc_seconds number = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) refuse_session("its time cannot be read");
  return number;
}

session_state::parts parsed_session(const std::string& bytes) {
  session_reader from(bytes);
  session_state::parts p;
  p.server_name = from.field();
  p.identity = from.field();
  p.rules = from.field();
  p.made = number_in(from.field());
  p.native = from_der<session_ptr>(from.field(), d2i_SSL_SESSION);
  if (p.native == nullptr || !is_client_session(p.native.get())) {
    refuse_session("the session cannot be read");
  }
  p.ocsp = decoded_evidence(from.field());
  while (from.more()) {
    p.chain.push_back(from_der<x509_ptr>(from.field(), d2i_X509));
    if (p.chain.back() == nullptr) refuse_session("a certificate of the session cannot be read");
  }
  return p;
}

}  // namespace

bool session_state::is_for_one_use() const noexcept {
  return SSL_SESSION_get_protocol_version(native()) >= TLS1_3_VERSION;
}

// A server may send a new ticket each time, which does not make its certificate any fresher. If the
// clock has been set back, or the bytes of a session are wrong, the time may be any number.
bool session_state::is_usable() const noexcept {
  const utc_seconds now = std::time(nullptr);
  const utc_seconds most = longest_session.count();
  const auto lifetime = std::clamp<utc_seconds>(SSL_SESSION_get_timeout(native()), 0, most);
  return SSL_SESSION_is_resumable(native()) == 1 && parts_.made > now - most &&
         parts_.made < now + most && creation_time_of(native()) >= now - lifetime &&
         !(used_ && is_for_one_use());
}

std::string identity_of(SSL* ssl) {
  std::string of_all = selection_digest(ssl);
  if (!of_all.empty()) return of_all;
  const X509* const own = SSL_get_certificate(ssl);
  if (own == nullptr) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(own, EVP_sha256(), digest.data(), &size) != 1) refuse_session("no SHA-256");
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
  std::string bytes(detail::session_mark.begin(), detail::session_mark.end());
  detail::append_field(bytes, state_->server_name());
  detail::append_field(bytes, state_->identity());
  detail::append_field(bytes, state_->rules());
  detail::append_field(bytes, std::to_string(state_->made()));
  detail::append_field(bytes,
                       detail::encoded<const SSL_SESSION>(state_->native(), i2d_SSL_SESSION));
  detail::append_field(bytes, detail::encoded(state_->ocsp()));
  for (const detail::x509_ptr& each : state_->chain()) {
    detail::append_field(bytes, detail::encoded<const X509>(each.get(), i2d_X509));
  }
  return bytes;
}

ssl_session ssl_session::from_bytes(const std::string& bytes) {
  if (bytes.empty()) return {};
  detail::clear_error_queue();
  return ssl_session(std::make_shared<detail::session_state>(detail::parsed_session(bytes)));
}

}  // namespace iostls
