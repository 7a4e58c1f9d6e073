// SPDX-License-Identifier: Apache-2.0
#include "interop_report.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace interop {
namespace {

const char* kind_name(const std::error_code& code) {
  using iostls::ssl_errc;
  static const std::array<std::pair<ssl_errc, const char*>, 12> names = {{
      {ssl_errc::closed, "closed"},
      {ssl_errc::truncated, "truncated"},
      {ssl_errc::timed_out, "timed_out"},
      {ssl_errc::canceled, "canceled"},
      {ssl_errc::handshake_failed, "handshake_failed"},
      {ssl_errc::certificate_rejected, "certificate_rejected"},
      {ssl_errc::alert_received, "alert_received"},
      {ssl_errc::protocol_error, "protocol_error"},
      {ssl_errc::bad_configuration, "bad_configuration"},
      {ssl_errc::bad_credentials, "bad_credentials"},
      {ssl_errc::system_error, "system_error"},
      {ssl_errc::ech_rejected, "ech_rejected"},
  }};
  for (const auto& name : names) {
    if (code == name.first) return name.second;
  }
  return "none";
}

template <class Result>
std::string text_of(Result result) {
  std::ostringstream text;
  text << result;
  return text.str();
}

std::string hexadecimal(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// In hexadecimal; "none: " and the reason where this connection has none.
std::string binding(iostls::ssl_stream& stream, const char* type) {
  try {
    return hexadecimal(stream.channel_binding(type));
  } catch (const iostls::ssl_error& e) {
    if (e.code() != std::errc::not_supported) throw;
    return std::string("none: ") + e.what();
  }
}

}  // namespace

void reporter::operator()(const std::string& key, std::string value) const {
  std::replace_if(
      value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  std::cout << prefix_ << key << ' ' << value << std::endl;
}

void reporter::operator()(const std::string& key, const char* value) const {
  (*this)(key, std::string(value));
}

void reporter::operator()(const std::string& key, bool value) const {
  (*this)(key, value ? "yes" : "no");
}

void report_error(const reporter& say, const iostls::ssl_error& error) {
  say("error", kind_name(error.code()));
  say("operation", error.operation());
  say("verify_result", error.verify_result());
  say("verify_text", error.verify_result_string());
  say("what", error.what());
  say("ech_retry_configs", hexadecimal(error.ech_retry_configs()));
}

void report_connection(const reporter& say, iostls::ssl_stream& stream) {
  const iostls::connection_info info = stream.info();
  say("protocol", info.protocol);
  say("cipher", info.cipher);
  say("group", info.group);
  say("signature_algorithm", info.signature_algorithm);
  say("server_name", info.server_name);
  say("ech_status", text_of(info.ech_status));
  say("alpn", info.alpn);
  say("psk_identity", info.psk_identity);
  say("resumed", info.resumed);
  say("verified", info.verified);
  say("info_verify_result", info.verify_result);
  say("ocsp_status", text_of(info.ocsp_status));
  say("raw_public_key_pin", info.raw_public_key_pin);
  say("matched_tlsa_record", info.matched_tlsa_record);
  say("chain", info.chain.size());
  say("tls-exporter", binding(stream, "tls-exporter"));
  say("tls-server-end-point", binding(stream, "tls-server-end-point"));
  say("exported", hexadecimal(stream.export_keying_material("EXPORTER-Interop", 48)));
  const iostls::certificate peer = stream.peer_certificate();
  say("peer", peer.subject());
  say("peer_fingerprint", peer.fingerprint_sha256());
}

void report_end_and_close(const reporter& say, iostls::ssl_stream& stream) {
  if (stream.last_error() != nullptr) {
    say("end", "error");
    report_error(say, *stream.last_error());
  } else {
    say("end", stream.eof() ? "eof" : "open");
  }
  stream.clear();
  stream.close();
  say("close", stream.fail() ? "failed" : "clean");
  if (stream.fail() && stream.last_error() != nullptr) {
    say("close_error", stream.last_error()->what());
  }
}

sha256::sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not to be had");
  }
}

void sha256::add(const char* data, std::size_t size) {
  if (EVP_DigestUpdate(context_.get(), data, size) != 1) throw std::runtime_error("SHA-256 failed");
  size_ += size;
}

std::string sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) {
    throw std::runtime_error("SHA-256 failed");
  }
  return hexadecimal({digest.begin(), digest.begin() + size});
}

namespace {

// What came of a block before it failed is unread again, and counts as received.
void add_unread(std::istream& in, std::vector<char>& block, sha256& digest) {
  const std::ios::iostate state = in.rdstate();
  in.clear();
  const std::streamsize rest =
      in.readsome(block.data(), static_cast<std::streamsize>(block.size()));
  digest.add(block.data(), static_cast<std::size_t>(rest));
  in.clear(state);
}

}  // namespace

sha256 digest_of(std::istream& in, std::size_t limit) {
  sha256 digest;
  std::vector<char> block(64 * 1024);
  while (digest.size() != limit) {
    const std::size_t wanted = std::min(block.size(), limit - digest.size());
    in.read(block.data(), static_cast<std::streamsize>(wanted));
    digest.add(block.data(), static_cast<std::size_t>(in.gcount()));
    if (in.bad()) add_unread(in, block, digest);
    if (!in) break;
  }
  return digest;
}

}  // namespace interop
