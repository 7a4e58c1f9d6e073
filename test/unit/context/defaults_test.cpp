// SPDX-License-Identifier: Apache-2.0
// What a program gets that sets nothing, as text: no default moves without a change of defaults.txt,
// for all to see.
#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/opensslv.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <iostls/ssl_context.hpp>

#include "algorithms.hpp"
#include "engine/engine.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"

namespace iostls {
namespace test {
namespace {

struct named_bit {
  std::uint64_t bit;
  const char* name;
};

const named_bit option_names[] = {
    {SSL_OP_NO_COMPRESSION, "NO_COMPRESSION"},
    {SSL_OP_NO_RENEGOTIATION, "NO_RENEGOTIATION"},
    {SSL_OP_ENABLE_MIDDLEBOX_COMPAT, "ENABLE_MIDDLEBOX_COMPAT"},
    {SSL_OP_CIPHER_SERVER_PREFERENCE, "CIPHER_SERVER_PREFERENCE"},
    {SSL_OP_NO_TICKET, "NO_TICKET"},
    {SSL_OP_PRIORITIZE_CHACHA, "PRIORITIZE_CHACHA"},
    {SSL_OP_IGNORE_UNEXPECTED_EOF, "IGNORE_UNEXPECTED_EOF"},
    {SSL_OP_ENABLE_KTLS, "ENABLE_KTLS"},
    {std::uint64_t{1} << 32, "NO_TX_CERTIFICATE_COMPRESSION"},  // named since OpenSSL 3.2
    {std::uint64_t{1} << 33, "NO_RX_CERTIFICATE_COMPRESSION"},
};
const named_bit mode_names[] = {
    {SSL_MODE_ENABLE_PARTIAL_WRITE, "ENABLE_PARTIAL_WRITE"},
    {SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, "ACCEPT_MOVING_WRITE_BUFFER"},
    {SSL_MODE_AUTO_RETRY, "AUTO_RETRY"},
    {SSL_MODE_NO_AUTO_CHAIN, "NO_AUTO_CHAIN"},
    {SSL_MODE_RELEASE_BUFFERS, "RELEASE_BUFFERS"},
};
const named_bit verify_flag_names[] = {
    {X509_V_FLAG_TRUSTED_FIRST, "TRUSTED_FIRST"}, {X509_V_FLAG_PARTIAL_CHAIN, "PARTIAL_CHAIN"},
    {X509_V_FLAG_CRL_CHECK, "CRL_CHECK"},         {X509_V_FLAG_CRL_CHECK_ALL, "CRL_CHECK_ALL"},
    {X509_V_FLAG_X509_STRICT, "X509_STRICT"},
};
const named_bit host_flag_names[] = {
    {X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, "NEVER_CHECK_SUBJECT"},
    {X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, "NO_PARTIAL_WILDCARDS"},
    {X509_CHECK_FLAG_NO_WILDCARDS, "NO_WILDCARDS"},
};

// The names of the bits that are set, and the others as one number.
template <std::size_t N>
std::string bits(std::uint64_t set, const named_bit (&names)[N]) {
  std::ostringstream text;
  for (const named_bit& n : names) {
    if ((set & n.bit) != 0) text << ' ' << n.name;
    set &= ~n.bit;
  }
  if (set != 0) text << " and 0x" << std::hex << set;
  return text.str().empty() ? " none" : text.str();
}

std::string code(unsigned number) {
  char text[8];
  std::snprintf(text, sizeof text, " %04x", number);
  return text;
}

std::string ciphers(SSL* ssl) {
  STACK_OF(SSL_CIPHER)* const list = SSL_get1_supported_ciphers(ssl);
  std::string text;
  for (int i = 0; i < sk_SSL_CIPHER_num(list); ++i) {
    text += std::string("\n  ") + SSL_CIPHER_get_name(sk_SSL_CIPHER_value(list, i));
  }
  sk_SSL_CIPHER_free(list);
  return text;
}

// By the numbers of the registry, as the peer has received them: OpenSSL does not tell our own.
std::string signatures_of_peer(SSL* ssl) {
  const int count = SSL_get_sigalgs(ssl, 0, nullptr, nullptr, nullptr, nullptr, nullptr);
  std::string text;
  for (int i = 0; i < count; ++i) {
    unsigned char low = 0, high = 0;
    SSL_get_sigalgs(ssl, i, nullptr, nullptr, nullptr, &low, &high);
    text += code(static_cast<unsigned>(high) << 8 | low);
  }
  return text;
}

std::string extension(SSL* ssl, unsigned type) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1) return {};
  return std::string(reinterpret_cast<const char*>(data), size);
}

unsigned number_at(const std::string& bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]) << 8U | static_cast<unsigned char>(bytes[at + 1]);
}

struct hello {
  std::string extensions, groups, shares;
};

// What a client sends first, as a server sees it.
int look_at_hello(SSL* ssl, int*, void* to) {
  auto& seen = *static_cast<hello*>(to);
  int* types = nullptr;
  std::size_t count = 0;
  if (SSL_client_hello_get1_extensions_present(ssl, &types, &count) != 1) return 0;
  std::sort(types, types + count);
  for (std::size_t i = 0; i != count; ++i) seen.extensions += ' ' + std::to_string(types[i]);
  OPENSSL_free(types);
  const std::string groups = extension(ssl, TLSEXT_TYPE_supported_groups);
  for (std::size_t i = 2; i + 1 < groups.size(); i += 2) seen.groups += code(number_at(groups, i));
  const std::string shares = extension(ssl, TLSEXT_TYPE_key_share);
  for (std::size_t i = 2; i + 3 < shares.size(); i += 4 + number_at(shares, i + 2)) {
    seen.shares += code(number_at(shares, i));
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

void print_context(std::ostream& out, const ssl_context& context) {
  SSL_CTX* const ctx = context.state()->get();
  X509_VERIFY_PARAM* const param = SSL_CTX_get0_param(ctx);
  const detail::ssl_ptr ssl(SSL_new(ctx));
  out << "protocols " << std::hex << SSL_CTX_get_min_proto_version(ctx) << " to "
      << SSL_CTX_get_max_proto_version(ctx) << std::dec << "\nsecurity level "
      << SSL_CTX_get_security_level(ctx) << "\nciphers" << ciphers(ssl.get()) << "\noptions"
      << bits(SSL_CTX_get_options(ctx), option_names) << "\nmode"
      << bits(static_cast<std::uint64_t>(SSL_CTX_get_mode(ctx)), mode_names) << "\nverify mode "
      << SSL_CTX_get_verify_mode(ctx) << "\nverify depth " << SSL_CTX_get_verify_depth(ctx)
      << "\nverify flags" << bits(X509_VERIFY_PARAM_get_flags(param), verify_flag_names)
      << "\nhost flags" << bits(X509_VERIFY_PARAM_get_hostflags(param), host_flag_names)
      << "\nread ahead " << SSL_CTX_get_read_ahead(ctx) << "\nmaximum of early data "
      << SSL_CTX_get_max_early_data(ctx) << " and " << SSL_CTX_get_recv_max_early_data(ctx) << '\n';
}

void print_sessions(std::ostream& out, SSL_CTX* ctx) {
  out << "session tickets " << SSL_CTX_get_num_tickets(ctx) << "\nsession cache mode "
      << SSL_CTX_get_session_cache_mode(ctx) << "\nsession timeout " << SSL_CTX_get_timeout(ctx)
      << " s\n";
}

context_options asking_server() {
  context_options options = server_options();
  options.verify = verify_mode::optional;
  options.ca_certificates = pem_text(test_authority().certificate());
  return options;
}

std::string effective_defaults() {
  const auto server = ssl_context::server(server_options());
  const auto client = ssl_context::client(client_options());
  const auto asking = ssl_context::server(asking_server());
  hello seen;
  SSL_CTX_set_client_hello_cb(asking.state()->get(), look_at_hello, &seen);
  memory_handshake h(asking, client);
  EXPECT_TRUE(h.run());
  std::ostringstream out;
  out << "== server\n";
  print_context(out, server);
  print_sessions(out, server.state()->get());
  out << "signatures" << signatures_of_peer(h.client()) << "\n== client\n";
  print_context(out, client);
  out << "extensions" << seen.extensions << "\ngroups" << seen.groups << "\nkey shares"
      << seen.shares << "\nsignatures" << signatures_of_peer(h.server()) << "\n== connection\n";
  const detail::engine engine(server, {});
  out << "handshake timeout " << engine.handshake_timeout().count() << " ms\n";
  return out.str();
}

// What stands before a line in brackets.
bool holds(const std::string& condition) {
  const bool is_3_5 = OPENSSL_VERSION_NUMBER >= 0x30500000L;
  if (condition == "OpenSSL < 3.5") return !is_3_5;
  if (condition == "OpenSSL >= 3.5") return is_3_5;
  if (condition == "FIPS") return only_fips_is_allowed();
  if (condition == "not FIPS") return !only_fips_is_allowed();
  ADD_FAILURE() << "defaults.txt: \"" << condition << "\" is unknown";
  return false;
}

// A line may begin with conditions: "[OpenSSL < 3.5] ".
std::string expected_defaults() {
  std::istringstream in(read_file(IOSTLS_DEFAULTS));
  std::string line, text;
  while (std::getline(in, line)) {
    if (line[0] == '#') continue;
    bool counts = true;
    while (line[0] == '[') {
      const std::size_t end = line.find("] ");
      counts = holds(line.substr(1, end - 1)) && counts;
      line.erase(0, end + 2);
    }
    if (counts) text += line + '\n';
  }
  return text;
}

TEST(defaults, are_what_the_file_says) { EXPECT_EQ(effective_defaults(), expected_defaults()); }

}  // namespace
}  // namespace test
}  // namespace iostls
