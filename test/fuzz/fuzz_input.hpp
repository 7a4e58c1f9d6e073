// SPDX-License-Identifier: Apache-2.0
// What all fuzzers share: reading the fuzzer's bytes as choices, and saying that something is wrong.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <openssl/err.h>

namespace iostls {
namespace fuzz {

// An input that has come to its end goes on as zeros.
class fuzz_input {
 public:
  fuzz_input(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  bool empty() const noexcept { return at_ == end_; }

  unsigned byte() noexcept { return at_ != end_ ? *at_++ : 0; }
  // From 0 to `limit` - 1.
  std::size_t below(std::size_t limit) noexcept {
    const std::size_t high = byte();
    return (high << 8 | byte()) % limit;
  }

  std::string text(std::size_t size) {
    size = std::min(size, static_cast<std::size_t>(end_ - at_));
    std::string taken(reinterpret_cast<const char*>(at_), size);
    at_ += size;
    return taken;
  }
  std::string rest() { return text(static_cast<std::size_t>(-1)); }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

// What a fuzzer defines, and fuzz_entry.cpp calls: once, before anything else; and for each input.
void prepare();
void run(fuzz_input input);

// One change of a text, such as the DER encoding of an object.
inline void edit(std::string& der, fuzz_input& input) {
  const std::size_t at = input.below(der.size() + 1);
  switch (input.byte() % 4) {
    case 0:
      if (at < der.size()) der[at] = static_cast<char>(input.byte());
      break;
    case 1:
      der.insert(at, input.text(input.byte() % 32));
      break;
    case 2:
      der.erase(at, input.byte() % 32);
      break;
    default:
      der.resize(at);
  }
}

// Ends the fuzzer with a finding.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Whatever happened, the next user of this thread finds OpenSSL's error queue empty.
inline void expect_no_openssl_error() {
  const unsigned long code = ERR_peek_error();
  if (code == 0) return;
  char text[256];
  ERR_error_string_n(code, text, sizeof text);
  expect(false, text);
}

}  // namespace fuzz
}  // namespace iostls
