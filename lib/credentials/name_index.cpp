// SPDX-License-Identifier: Apache-2.0
#include "credentials/name_index.hpp"

#include <algorithm>
#include <array>

#include <openssl/x509v3.h>

#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "system/ip_address.hpp"

namespace iostls {
namespace detail {
namespace {

using general_names_ptr = openssl_ptr<GENERAL_NAMES, GENERAL_NAMES_free>;

// No name begins like that.
std::string address_key(const unsigned char* bytes, std::size_t size) {
  return '@' + std::string(bytes, bytes + size);
}

std::string key_of(const GENERAL_NAME* name) {
  if (name->type != GEN_DNS && name->type != GEN_IPADD) return {};
  const bool is_name = name->type == GEN_DNS;
  const ASN1_STRING* const value = is_name ? name->d.dNSName : name->d.iPAddress;
  const unsigned char* const bytes = ASN1_STRING_get0_data(value);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
  return is_name ? lower_case(std::string(bytes, bytes + size)) : address_key(bytes, size);
}

}  // namespace

name_index::name_index(const std::vector<X509*>& certificates) {
  const error_queue_mark quiet;
  for (std::size_t i = 0; i != certificates.size(); ++i) {
    int presence = 0;
    const general_names_ptr all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificates[i], NID_subject_alt_name, &presence, nullptr)));
    // Names that cannot be read, perhaps for lack of memory, make it a candidate for all.
    if (all == nullptr && presence != -1) entries_.emplace_back(std::string(), i);
    for (int n = 0; n < sk_GENERAL_NAME_num(all.get()); ++n) {
      std::string key = key_of(sk_GENERAL_NAME_value(all.get(), n));
      if (!key.empty()) entries_.emplace_back(std::move(key), i);
    }
  }
  std::sort(entries_.begin(), entries_.end());
  entries_.shrink_to_fit();
}

void name_index::add_all_of(const std::string& key, std::vector<std::size_t>& found) const {
  auto next = std::lower_bound(entries_.begin(), entries_.end(), entry(key, 0));
  for (; next != entries_.end() && next->first == key; ++next) found.push_back(next->second);
}

std::vector<std::size_t> name_index::candidates(const host_name& name) const {
  std::vector<std::size_t> found;
  if (!name.fault.empty()) return found;
  add_all_of({}, found);
  if (name.is_address) {
    std::array<unsigned char, 16> bytes{};
    const std::size_t size = parse_ip(name.text, bytes.data());
    add_all_of(address_key(bytes.data(), size), found);
  } else {
    const std::string text = lower_case(name.text);
    add_all_of(text, found);
    if (const std::size_t dot = text.find('.'); dot != std::string::npos) {
      add_all_of('*' + text.substr(dot), found);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace detail
}  // namespace iostls
