// SPDX-License-Identifier: Apache-2.0
#include "context/reloaded_files.hpp"

#include <sstream>
#include <type_traits>
#include <utility>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "credentials/store_uri.hpp"
#include "openssl/error_queue.hpp"
#include "openssl/openssl_ptr.hpp"
#include "options/option_list.hpp"
#include "system/environment.hpp"
#include "system/folder.hpp"
#include "verification/trust.hpp"

namespace iostls {
namespace detail {
namespace {

using conf_ptr = openssl_ptr<SSL_CONF_CTX, SSL_CONF_CTX_free>;
using command = std::pair<std::string, std::string>;

// Collects what the values of options name.
class collector {
 public:
  explicit collector(bool is_server) : is_server_(is_server) {}

  void add_path(const std::string& path, file_kind kind) {
    if (!path.empty()) files_.push_back({path, kind});
  }

  void add(const pem_source& source) {
    if (source.is_text()) return;
    const bool is_uri = is_store_uri(source);
    add_path(is_uri ? path_of_store_uri(source.data()) : source.data(), file_kind::file);
  }
  void add(const ocsp_source& source) {
    if (source.is_path()) add_path(source.data(), file_kind::file);
  }
  void add(const std::vector<credential_source>& all) {
    for (const credential_source& each : all) {
      add(each.certificate);
      add(each.key);
      add(each.ocsp_response);
    }
  }
  void add(const std::vector<ticket_key>& keys) {
    for (const ticket_key& key : keys) {
      if (key.is_path()) add_path(key.data(), file_kind::file);
    }
  }
  void add(const std::vector<command>& commands) {
    if (commands.empty()) return;
    const conf_ptr conf(SSL_CONF_CTX_new());
    if (conf == nullptr) return;
    SSL_CONF_CTX_set_flags(conf.get(),
                           SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CERTIFICATE |
                               (is_server_ ? SSL_CONF_FLAG_SERVER : SSL_CONF_FLAG_CLIENT));
    for (const command& c : commands) add(c, SSL_CONF_cmd_value_type(conf.get(), c.first.c_str()));
    clear_error_queue();
  }
  template <class T>
  void add(const T&) {}  // no file

  std::vector<reloaded_file> result() { return std::move(files_); }

 private:
  void add(const command& c, int type) {
    if (type == SSL_CONF_TYPE_FILE) add_path(c.second, file_kind::file);
    if (type == SSL_CONF_TYPE_STORE) add_path(path_of_store_uri(c.second), file_kind::file);
    if (type != SSL_CONF_TYPE_DIR) return;
    std::istringstream folders(c.second);
    for (std::string folder; getline(folders, folder, folder_separator());)
      add_path(folder, file_kind::folder);
  }

  const bool is_server_;
  std::vector<reloaded_file> files_;
};

// The system's folder has hundreds of files, which are never written to, but replaced: that shows in the
// folder itself.
void add_system(collector& to) {
  to.add_path(X509_get_default_cert_file(), file_kind::file);
  to.add_path(X509_get_default_cert_dir(), file_kind::file);
  for (const char* const name :
       {X509_get_default_cert_file_env(), X509_get_default_cert_dir_env()}) {
    const char* const path = trusted_variable(name);
    if (path != nullptr) to.add_path(path, file_kind::file);
  }
}

}  // namespace

std::vector<reloaded_file> reloaded_files_of(bool is_server, const context_options& options) {
  collector all(is_server);
  for_each_context_option([&](const auto& row) {
    if constexpr (std::is_same_v<std::decay_t<decltype(options.*row.member)>, std::string>) {
      if (row.path == path_kind::file) all.add_path(options.*row.member, file_kind::file);
      if (row.path == path_kind::folder) all.add_path(options.*row.member, file_kind::folder);
    } else {
      all.add(options.*row.member);
    }
  });
  if (trusts_system(is_server, options)) add_system(all);
  return all.result();
}

}  // namespace detail
}  // namespace iostls
