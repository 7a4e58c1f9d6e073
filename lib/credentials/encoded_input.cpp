// SPDX-License-Identifier: Apache-2.0
#include "credentials/encoded_input.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/redacted_path.hpp"
#include "credentials/credential_file_explanation.hpp"
#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"

namespace iostls {

std::ostream& operator<<(std::ostream& out, const pem_text& text) { return out << text.str(); }

namespace detail {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";

// OpenSSL's PEM reader skips them, too. There are several if files were concatenated.
void drop_byte_order_marks(std::string& text) {
  const std::string marked = std::string("\xef\xbb\xbf") + std::string(begin_mark);
  for (auto at = text.find(marked); at != std::string::npos; at = text.find(marked, at)) {
    text.erase(at, marked.size() - begin_mark.size());
  }
}

// A length of less than 128 is one byte; for others, that byte has its highest bit set.
bool is_der_sequence(const std::string& text) {
  if (text.size() < 2 || text[0] != '\x30') return false;
  const auto length = static_cast<unsigned char>(text[1]);
  return length >= 0x80 || text.size() == 2U + length;
}

bool at_end_of_pem() {
  const unsigned long last = ERR_peek_last_error();
  return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

// Reads objects of one kind until there are no more.
template <class Ptr, class Decode>
std::vector<Ptr> read_der(const encoded_input& input, const char* kind, Decode decode) {
  clear_error_queue();
  std::vector<Ptr> objects;
  const auto* at = reinterpret_cast<const unsigned char*>(input.text().data());
  const auto* const end = at + input.text().size();
  while (at != end) {
    Ptr object(decode(nullptr, &at, static_cast<long>(end - at)));
    if (object == nullptr && objects.empty()) {
      input.fail(other_der_words(input.text(), kind));
    }
    if (object == nullptr) input.fail(std::string("has more behind a ") + kind);
    objects.push_back(std::move(object));
  }
  return objects;
}

template <class Ptr, class Read>
std::vector<Ptr> read_pem(const encoded_input& input, const char* kind, Read read) {
  clear_error_queue();
  std::vector<Ptr> objects;
  const bio_ptr bio = input.reader();
  while (Ptr object{read(bio.get())}) objects.push_back(std::move(object));
  if (!at_end_of_pem()) {
    input.fail(std::string("holds a ") + kind + " that cannot be read (number " +
               std::to_string(objects.size() + 1) + ")" + damage_words(input.text()));
  }
  clear_error_queue();
  if (objects.empty()) input.fail_without(kind);
  return objects;
}

}  // namespace

extern "C" int iostls_no_password(char*, int, int, void*) { return -1; }

encoded_input::encoded_input(std::string option, const pem_source& source)
    : option_(std::move(option)), name_("the text") {
  if (source.is_text()) {
    text_ = source.data();
    if (text_.empty()) fail("is empty");
  } else {
    load(source.data());
  }
  drop_byte_order_marks(text_);
  if (!pem_labels(text_).empty() && has_lines(text_)) return;
  is_der_ = is_der_sequence(text_);
  if (is_der_) return;
  const std::string words = unknown_kind_words(text_);
  wipe(text_);
  fail(words);
}

encoded_input::~encoded_input() { wipe(text_); }

void encoded_input::load(const std::string& path) {
  // Such a "path" may hold a private key: it must not appear in an error's text.
  if (path.find(begin_mark) != std::string::npos) {
    throw_option_error(ssl_errc::bad_credentials, option_,
                       "a path is wanted, but this is PEM text; wrap it in pem_text()");
  }
  name_ = "the path";
  if (path.find('\0') != std::string::npos) fail("has a NUL character in it");
  name_ = redacted_path(path);
  const int fault = read_file(path, text_);
  if (fault != 0) fail(errno_text(fault));
  if (text_.empty()) fail("is empty");
}

bio_ptr encoded_input::reader() const {
  bio_ptr bio(BIO_new_mem_buf(text_.data(), static_cast<int>(text_.size())));
  if (bio == nullptr) fail("out of memory");
  return bio;
}

// OpenSSL caches in a certificate what it learns about the extensions. Threads that share the
// certificate may do so at the same time, which has a race in all versions up to 4.0: so it is done
// here, once.
std::vector<x509_ptr> encoded_input::certificates() const {
  auto found = is_der_ ? read_der<x509_ptr>(*this, "certificate", d2i_X509)
                       : read_pem<x509_ptr>(*this, "certificate", [](BIO* bio) {
                           return PEM_read_bio_X509_AUX(bio, nullptr, iostls_no_password, nullptr);
                         });
  for (const x509_ptr& certificate : found) X509_check_purpose(certificate.get(), -1, 0);
  clear_error_queue();
  return found;
}

std::vector<x509_crl_ptr> encoded_input::revocation_lists() const {
  constexpr auto kind = "certificate revocation list";
  if (is_der_) return read_der<x509_crl_ptr>(*this, kind, d2i_X509_CRL);
  return read_pem<x509_crl_ptr>(*this, kind, [](BIO* bio) {
    return PEM_read_bio_X509_CRL(bio, nullptr, iostls_no_password, nullptr);
  });
}

bool encoded_input::has_private_key() const {
  const std::set<std::string> found = pem_labels(text_);
  return std::any_of(found.begin(), found.end(), [](const std::string& label) {
    return label.find("PRIVATE KEY") != std::string::npos && label != "OPENSSH PRIVATE KEY";
  });
}

void encoded_input::fail(const std::string& reason) const {
  throw_option_error(ssl_errc::bad_credentials, option_, name_ + ": " + reason);
}

void encoded_input::fail_without(const std::string& wanted) const {
  fail(other_blocks_words(text_, wanted));
}

}  // namespace detail
}  // namespace iostls
