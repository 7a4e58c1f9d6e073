// SPDX-License-Identifier: Apache-2.0
// What the two interop programs tell the test that runs them: a line for each fact, "key value".
#pragma once

#include <iostream>
#include <memory>
#include <string>

#include <openssl/evp.h>

#include <iostls/ssl_error.hpp>
#include <iostls/ssl_stream.hpp>

namespace interop {

class reporter {
 public:
  explicit reporter(std::string prefix = {}) : prefix_(std::move(prefix)) {}

  void operator()(const std::string& key, std::string value) const;
  void operator()(const std::string& key, const char* value) const;
  void operator()(const std::string& key, bool value) const;
  template <class Number>
  void operator()(const std::string& key, Number value) const {
    (*this)(key, std::to_string(value));
  }

 private:
  std::string prefix_;
};

// Does the handshake if need be, and prints the outcome and who the peer is.
void report_connection(const reporter& say, iostls::ssl_stream& stream);

// Prints the kind of an error and all that it contains.
void report_error(const reporter& say, const iostls::ssl_error& error);

// Prints how the stream ended: "end eof" for the peer's close_notify, "end open" if nothing happened
// to it, or "end error" with all that the error contains. Then closes it and prints whether that went
// well, and why not.
void report_end_and_close(const reporter& say, iostls::ssl_stream& stream);

// SHA-256 of what it is fed.
class sha256 {
 public:
  sha256();
  void add(const char* data, std::size_t size);
  std::size_t size() const noexcept { return size_; }
  // In hexadecimal. To be called once.
  std::string finish();

 private:
  struct deleter {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, deleter> context_;
  std::size_t size_ = 0;
};

// Reads at most `limit` bytes, or to the end of the stream.
sha256 digest_of(std::istream& in, std::size_t limit = static_cast<std::size_t>(-1));

}  // namespace interop
