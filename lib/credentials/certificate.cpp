// SPDX-License-Identifier: Apache-2.0
#include <iostls/certificate.hpp>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/escape.hpp"
#include "base/hexadecimal.hpp"
#include "base/length_prefixed.hpp"
#include "base/utc_time.hpp"
#include "credentials/certificate_text.hpp"
#include "credentials/encoded_input.hpp"
#include "credentials/host_match.hpp"
#include "credentials/subject_names.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"

namespace iostls {
namespace {

using utc_time_point = std::chrono::system_clock::time_point;

X509* native(const std::shared_ptr<void>& x509) { return static_cast<X509*>(x509.get()); }

// The text that `print` writes into a BIO; empty if it fails.
template <class F>
std::string printed(F print) {
  const detail::bio_ptr bio(BIO_new(BIO_s_mem()));
  std::string text;
  if (bio != nullptr && print(bio.get())) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    text.assign(data, static_cast<std::size_t>(size));
  }
  detail::clear_error_queue();
  return text;
}

utc_time_point time_of(const ASN1_TIME* time) {
  detail::utc_seconds since = 0;
  if (!detail::read_time(time, since)) return {};
  // The usual "for ever", the end of the year 9999, does not fit into 64 bits of nanoseconds.
  using std::chrono::seconds;
  const seconds since_epoch(since);
  const auto latest = std::chrono::duration_cast<seconds>(utc_time_point::max().time_since_epoch());
  const auto earliest =
      std::chrono::duration_cast<seconds>(utc_time_point::min().time_since_epoch());
  return utc_time_point(std::clamp(since_epoch, earliest, latest));
}

std::string date(utc_time_point time) {
  return detail::utc_text(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

// There may be thousands.
std::string printed_names(const certificate& c) {
  constexpr std::size_t most = 20;
  const std::vector<std::string> names = c.subject_alt_names();
  std::string text;
  for (std::size_t i = 0; i != names.size() && i != most; ++i) {
    text += (i == 0 ? "" : ", ") + detail::excerpt(names[i]);
  }
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

}  // namespace

std::string detail::subject_excerpt(const certificate& c) {
  return c.x509_ ? name_excerpt(X509_get_subject_name(native(c.x509_))) : std::string();
}

certificate certificate::from_pem(const std::string& pem) {
  const detail::encoded_input input("certificate", pem_text(pem));
  if (input.is_der()) input.fail("is DER; PEM is wanted");
  return certificate(std::shared_ptr<void>(input.certificates().front().release(), [](void* x509) {
    X509_free(static_cast<X509*>(x509));
  }));
}

certificate certificate::from_der(const std::string& der) {
  detail::clear_error_queue();
  auto x509 = detail::from_der<detail::x509_ptr>(der, d2i_X509);
  if (x509 == nullptr) {
    throw detail::make_error(
        ssl_errc::bad_credentials, "certificate",
        "the " + std::to_string(der.size()) + " bytes are not one certificate in DER");
  }
  return certificate(std::shared_ptr<void>(std::move(x509)));
}

std::string certificate::subject() const {
  return x509_ ? detail::name_text(X509_get_subject_name(native(x509_))) : std::string();
}

std::string certificate::issuer() const {
  return x509_ ? detail::name_text(X509_get_issuer_name(native(x509_))) : std::string();
}

std::string certificate::serial() const {
  if (!x509_) return {};
  std::string text = printed([this](BIO* bio) {
    return i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(native(x509_))) >= 0;
  });
  // OpenSSL breaks a long number into lines that end with a backslash.
  for (auto at = text.find("\\\n"); at != std::string::npos; at = text.find("\\\n")) {
    text.erase(at, 2);
  }
  return text;
}

utc_time_point certificate::not_before() const {
  return x509_ ? time_of(X509_get0_notBefore(native(x509_))) : utc_time_point();
}

utc_time_point certificate::not_after() const {
  return x509_ ? time_of(X509_get0_notAfter(native(x509_))) : utc_time_point();
}

std::vector<std::string> certificate::subject_alt_names() const {
  return x509_ ? detail::alternative_names(native(x509_)) : std::vector<std::string>();
}

std::string certificate::fingerprint_sha256() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  if (!x509_ || X509_digest(native(x509_), EVP_sha256(), bytes.data(), &size) != 1) return {};
  return detail::hexadecimal(bytes.data(), size);
}

std::string certificate::pem() const {
  if (!x509_) return {};
  return printed([this](BIO* bio) { return PEM_write_bio_X509(bio, native(x509_)) == 1; });
}

bool certificate::matches(const std::string& host) const {
  return x509_ && detail::host_matches(native(x509_), detail::host_name(host));
}

std::ostream& operator<<(std::ostream& out, const certificate& c) {
  if (!c) return out << "no certificate\n";
  return out << "subject: " << detail::name_excerpt(X509_get_subject_name(native(c.x509_)))
             << "\nissuer: " << detail::name_excerpt(X509_get_issuer_name(native(c.x509_)))
             << "\nvalid: " << date(c.not_before()) << " to " << date(c.not_after())
             << "\nnames: " << printed_names(c) << "\nsha256: " << c.fingerprint_sha256() << '\n';
}

}  // namespace iostls
