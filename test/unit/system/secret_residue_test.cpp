// SPDX-License-Identifier: Apache-2.0
// Passwords and keys are overwritten when they have been used, however short: a string of 15 characters
// or fewer is in the object itself, and moving it leaves it there. The stack of a thread is looked
// through that has handled one.
#include <algorithm>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <pthread.h>
#include <sys/mman.h>

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(address, size) static_cast<void>(0)
#endif
#include <iostls/iostls.hpp>

#include "credentials/password_callback.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"
#include "sanitizers.hpp"
#include "system/file_content.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

// As it is nowhere in the program, and never in a variable of a test.
constexpr unsigned char mask = 0x5a;
const std::string& masked_secret() {
  static const std::string text = [] {
    std::string t = "Open-Sesame-12!";
    for (char& c : t) c = static_cast<char>(c ^ mask);
    return t;
  }();
  return text;
}

// Made in its place by the one who asks.
std::string secret(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i != size; ++i) {
    text[i] = static_cast<char>(masked_secret()[i % masked_secret().size()] ^ mask);
  }
  return text;
}

__attribute__((no_sanitize("address"))) bool holds_at(const unsigned char* at, std::size_t size) {
  for (std::size_t i = 1; i != size; ++i) {  // a string that was moved from has lost its first
    if ((at[i] ^ mask) != static_cast<unsigned char>(masked_secret()[i % masked_secret().size()])) {
      return false;
    }
  }
  return true;
}

bool holds_secret(const void* memory, std::size_t all, std::size_t size) {
  const auto* const bytes = static_cast<const unsigned char*>(memory);
  for (std::size_t at = 0; at + size <= all; ++at) {
    if (holds_at(bytes + at, size)) return true;
  }
  return false;
}

// Far enough down that what a thread does at its end overwrites nothing.
void* run(void* function) {
  volatile char room[std::size_t{128} * 1024];
  room[0] = 0;
  (*static_cast<std::function<void()>*>(function))();
  return room[0] == 0 ? nullptr : function;
}

// Whether the function leaves the secret on the stack of the thread that it runs in.
bool leaves_secret(std::size_t size, std::function<void()> function) {
  constexpr std::size_t room = std::size_t{1} << 20U;
  void* const stack =
      ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(stack, MAP_FAILED);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  EXPECT_EQ(pthread_attr_setstack(&attributes, stack, room), 0);
  pthread_t thread{};
  EXPECT_EQ(pthread_create(&thread, &attributes, run, &function), 0);
  EXPECT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
  VALGRIND_MAKE_MEM_DEFINED(stack, room);  // to which it belongs to a thread that is gone
  const bool found = holds_secret(stack, room, size);
  ::munmap(stack, room);
  return found;
}

class secret_residue : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
#if IOSTLS_TEST_ASAN
    GTEST_SKIP() << "AddressSanitizer keeps variables elsewhere than on the stack";
#endif
  }
};

// None of them fits into a register, which anything may save on the stack.
INSTANTIATE_TEST_SUITE_P(sizes, secret_residue, testing::Values(15U, 22U, 23U, 40U),
                         [](const auto& p) { return std::to_string(p.param); });

// If this found nothing, the other tests would show nothing.
TEST_P(secret_residue, of_a_plain_move_is_seen) {
  if (GetParam() > 15) GTEST_SKIP() << "it is not in the string itself";
  EXPECT_TRUE(leaves_secret(GetParam(), [] {
    std::string text = secret(GetParam());
    std::string other = "x";
    other = std::move(text);
    OPENSSL_cleanse(&other[0], other.size());
  }));
}

// Nothing is called afterwards that would happen to overwrite it.
TEST_P(secret_residue, of_a_password_is_none) {
  const password_source source = [] { return secret(GetParam()); };
  const auto answer = std::make_unique<detail::password_callback>("certificate_password", source);
  std::vector<char> buffer(1024);
  EXPECT_FALSE(leaves_secret(GetParam(), [&] { answer->answer(buffer.data(), 1024); }));
  EXPECT_EQ(std::string(buffer.data()), secret(GetParam()));
}

// As OpenSSL does, in whose functions the array is.
__attribute__((noinline)) int ask_into_the_stack(detail::password_callback& answer) {
  char buffer[1024];
  const int size = answer.answer(buffer, 1024);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(buffer);
  return holds_at(bytes, static_cast<std::size_t>(size)) ? size : -1;
}

TEST_P(secret_residue, of_a_copy_that_openssl_leaves_is_none) {
  const password_source source = [] { return secret(GetParam()); };
  int size = 0;
  EXPECT_FALSE(leaves_secret(GetParam(), [&] {
    detail::password_callback answer("certificate_password", source);
    size = ask_into_the_stack(answer);
  }));
  EXPECT_EQ(size, static_cast<int>(GetParam()));
}

TEST_P(secret_residue, of_a_key_that_is_opened_is_none) {
  std::string password = secret(GetParam());
  context_options o = server_options();
  o.key = pem_text(to_pem(key_from(localhost().key).get(), password));
  o.certificate_password = [] { return secret(GetParam()); };
  EXPECT_FALSE(leaves_secret(GetParam(), [&] { ssl_context::server(o); }));
}

TEST_P(secret_residue, of_a_password_that_is_wrong_is_none) {
  context_options o = server_options();
  o.key = pem_text(to_pem(key_from(localhost().key).get(), "something else"));
  o.certificate_password = [] { return secret(GetParam()); };
  EXPECT_FALSE(leaves_secret(GetParam(), [&] {
    EXPECT_EQ(thrown_by([&] { ssl_context::server(o); }).operation(), "certificate_password");
  }));
}

TEST_P(secret_residue, of_a_pre_shared_key_is_none) {
  context_options o = client_options();
  o.psk = [](const std::string&) { return pre_shared_key{"someone", secret(GetParam())}; };
  const ssl_context client = ssl_context::client(o);
  EXPECT_FALSE(leaves_secret(GetParam(), [&] {
    try {
      make_connection(client);
    } catch (const ssl_error& e) {
      EXPECT_EQ(e.operation(), "psk") << e.what();  // too short
    }
  }));
}

// What the object itself holds afterwards.
bool leaves_secret_in_place(std::size_t size, const std::function<void(std::string&)>& function) {
  alignas(std::string) unsigned char place[sizeof(std::string)];
  auto* const text = new (place) std::string(secret(size));
  function(*text);
  EXPECT_EQ(*text, "");
  const bool found = holds_secret(place, sizeof place, std::min<std::size_t>(size, 15));
  text->~basic_string();
  return found;
}

TEST_P(secret_residue, of_a_string_that_was_wiped_is_none) {
  std::string other;
  EXPECT_FALSE(leaves_secret_in_place(GetParam(), [&](std::string& text) {
    other = std::move(text);
    detail::wipe(text);
  }));
}

TEST_P(secret_residue, of_a_string_that_was_taken_is_none) {
  std::string other;
  EXPECT_FALSE(leaves_secret_in_place(
      GetParam(), [&](std::string& text) { detail::take_secret(other, text); }));
  EXPECT_EQ(other, secret(GetParam()));
}

}  // namespace
}  // namespace test
}  // namespace iostls
