// SPDX-License-Identifier: Apache-2.0
#include "system/file_content.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <openssl/crypto.h>

#include "system/input_file.hpp"

namespace iostls {
namespace detail {
namespace {

// A string that grows by itself leaves copies of a key behind; this one overwrites the memory that
// it gives up.
void reserve_wiped(std::string& text, std::size_t size) {
  if (size <= text.capacity()) return;
  std::string larger;
  larger.reserve(size);
  larger = text;
  wipe(text);
  text.swap(larger);
}

// Reads to the end of the file, or to INT_MAX, the maximum size of a BIO. Returns an errno.
int read_all(input_file& file, std::string& text) {
  constexpr std::size_t step = 16 * 1024;
  constexpr std::size_t most_expected = 1 << 28;
  reserve_wiped(text, std::min(file.size(), most_expected) + step);
  for (;;) {
    const std::size_t used = text.size();
    if (used > INT_MAX - step) return EFBIG;
    if (text.capacity() - used < step) reserve_wiped(text, 2 * text.capacity());
    text.resize(used + step);
    const std::ptrdiff_t count = file.read(&text[used], step);
    text.resize(used + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count == 0) return 0;
    if (count < 0) return errno;
  }
}

int read(const std::string& path, std::string& content, input_file::named_pipe what_if) {
  if (path.find('\0') != std::string::npos) return EINVAL;
  input_file file(path, what_if);
  if (file.fault() != 0) return file.fault();
  const int fault = read_all(file, content);
  if (fault != 0) wipe(content);
  return fault;
}

}  // namespace

int read_file(const std::string& path, std::string& content) {
  return read(path, content, input_file::named_pipe::wait_for_writer);
}

int read_regular_file(const std::string& path, std::string& content) {
  return read(path, content, input_file::named_pipe::refuse);
}

// A string that was moved from, or made shorter, may have characters beyond its end; short strings,
// which are stored in the object itself, always do.
void wipe(std::string& secret) noexcept {
  secret.resize(secret.capacity());
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

void take_secret(std::string& target, std::string& from) {
  const wiper guard(from);
  wipe(target);
  target.assign(from.data(), from.size());  // without a temporary object on the stack
}

}  // namespace detail
}  // namespace iostls
