// SPDX-License-Identifier: Apache-2.0
#include "credentials/password_callback.hpp"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "openssl/error.hpp"
#include "openssl/error_queue.hpp"
#include "system/file_content.hpp"

namespace iostls {
namespace detail {
namespace {

constexpr std::size_t longest_password = PEM_BUFSIZE - 1;
// What is further away than this is not on the same stack.
constexpr std::size_t furthest = std::size_t{64} * 1024;

// Overwrites what is left on the stack of functions that have returned, down to so many bytes below the
// caller's frame. The room is written to after the call, so that each call has a room of its own.
[[gnu::noinline]] void wipe_stack(std::size_t depth) noexcept {
  unsigned char room[1024];
  if (depth > sizeof room) wipe_stack(depth - sizeof room);
  OPENSSL_cleanse(room, sizeof room);
}

// OpenSSL has its questions answered into an array on the stack, and does not always overwrite that.
void wipe_stack_down_to(std::uintptr_t lowest) noexcept {
  const unsigned char here = 0;
  const std::uintptr_t depth = reinterpret_cast<std::uintptr_t>(&here) - lowest;
  if (lowest != 0 && depth < furthest) wipe_stack(depth);
}

}  // namespace

password_callback::~password_callback() {
  wipe(text_);
  wipe_stack_down_to(lowest_copy_);
}

int password_callback::answer(char* buffer, int size) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(buffer);
  const bool is_on_stack = reinterpret_cast<std::uintptr_t>(&at) - at + furthest < 2 * furthest;
  if (is_on_stack) lowest_copy_ = lowest_copy_ == 0 ? at : std::min(lowest_copy_, at);
  if (!asked_) ask();
  if (failure_ || source_.empty() || too_long(size)) return -1;
  std::copy(text_.begin(), text_.end(), buffer);
  return static_cast<int>(text_.size());
}

const char* password_callback::text() noexcept {
  if (!asked_) ask();
  const bool usable = !failure_ && !source_.empty() && !too_long(PEM_BUFSIZE) &&
                      text_.find('\0') == std::string::npos;
  return usable ? text_.c_str() : nullptr;
}

void password_callback::rethrow() const {
  if (!failure_) return;
  clear_error_queue();
  std::rethrow_exception(failure_);
}

void password_callback::explain(const std::string& name) const {
  if (!asked_) return;
  const auto fail = [this](const std::string& message) {
    throw_option_error(ssl_errc::bad_credentials, option_, message);
  };
  // OpenSSL's only reason is that it got no answer.
  if (source_.empty() || too_long(PEM_BUFSIZE)) clear_error_queue();
  if (source_.empty()) fail(name + " is encrypted and no password is given");
  if (too_long(PEM_BUFSIZE)) fail("the password is longer than 1,023 bytes");
  fail("the password does not open " + name);
}

void password_callback::ask() noexcept {
  asked_ = true;
  // An exception must not pass through OpenSSL's C code.
  try {
    std::string answer = source_.get();
    take_secret(text_, answer);
  } catch (...) {
    failure_ = std::current_exception();
  }
}

bool password_callback::too_long(int size) const noexcept {
  return text_.size() > longest_password || text_.size() > static_cast<std::size_t>(size);
}

extern "C" int iostls_answer_password(char* buffer, int size, int, void* answer) {
  return static_cast<password_callback*>(answer)->answer(buffer, size);
}

}  // namespace detail
}  // namespace iostls
